# frozen_string_literal: true

require_relative "helper"

class HandleTest < Minitest::Test
  include Sender

  def answered(response)
    "#{response.status} #{response.body}"
  end

  def test_a_right_delivery_runs_its_handler
    seen = nil
    receiver = receiver().on("order.created") do |event, context|
      seen = [event.data["id"], context.verified.matched_secret, context.known]
    end
    answer = deliver(receiver)
    assert_equal '200 {"received":true}', answered(answer)
    assert_equal({ "content-type" => "application/json" }, answer.headers)
    assert_equal ["ord_1", 0, true], seen
  end

  def test_what_is_refused_for_its_head_is_refused_before_the_body_is_read
    receiver = receiver(max_body: 100)
    [["GET", {}, 405, "method_not_allowed"], ["post", {}, 405, "method_not_allowed"],
     [nil, {}, 405, "method_not_allowed"],
     ["POST", { "Content-Encoding" => "gzip" }, 415, "unsupported_media_type"],
     ["POST", { "Content-Encoding" => "identity, br" }, 415, "unsupported_media_type"],
     ["POST", { "content-type" => nil }, 415, "unsupported_media_type"],
     ["POST", { "content-type" => "text/json" }, 415, "unsupported_media_type"],
     ["POST", { "content-type" => "application/jsonp" }, 415, "unsupported_media_type"],
     ["POST", { "content-type" => "application/+json" }, 415, "unsupported_media_type"],
     ["POST", { "Content-Length" => "101" }, 413, "body_too_large"],
     ["POST", { "Content-Length" => "9" * 400 }, 413, "body_too_large"]].each do |request|
      method, headers, status, error = request
      answer = receiver.handle(method, signed(receiver, ORDER, headers)) { flunk "it was read" }
      assert_equal %(#{status} {"error":"#{error}"}), answered(answer), headers.inspect
    end
    assert_equal "POST", receiver.handle("PUT", {}).headers["allow"]
    assert_equal '410 {"error":"gone"}', answered(receiver(gone: true).handle("GET", {}))
  end

  def test_json_media_types_and_identity_are_taken
    ["Application/JSON", "application/json; charset=utf-8",
     "application/vnd.a-b+json ;x"].each do |type|
      headers = { "content-type" => type, "content-encoding" => "Identity" }
      assert_equal 200, deliver(receiver, ORDER, headers).status, type
    end
  end

  def test_a_body_is_read_one_byte_beyond_the_limit
    receiver = receiver(max_body: ORDER.bytesize)
    assert_equal 200, deliver(receiver).status
    asked = nil
    answer = receiver.handle("POST", signed(receiver)) { |limit| "x" * (asked = limit) }
    assert_equal [413, ORDER.bytesize + 1], [answer.status, asked]
  end

  def test_a_forged_delivery_is_401_and_reaches_nobody
    store = Object.new
    %i[begin commit abort].each { |name| store.define_singleton_method(name) { |*| flunk name } }
    receiver = receiver(store: store).on("order.created") { flunk "it ran" }
    forged = { "webhook-signature" => "v1,#{["\1" * 32].pack('m0')}" }
    assert_equal '401 {"error":"unauthorized"}', answered(deliver(receiver, ORDER, forged))
  end

  DEEP = "#{'[' * 512}#{']' * 512}"
  UNREADABLE = [
    "", " ", "null", "[]", '"x"', "1", "{", "{}", '{"type":5}', '{"type":""}', '{"type":null}',
    '{"type":["a"]}', '{"type":123456789012345678901234567890}', "\xEF\xBB\xBF#{ORDER}",
    "{\"type\":\"a\xFF\"}", '{"type":"a"}x', '{"type":"a"}{"type":"a"}', "{'type':'a'}",
    '{"type":"a",}', '/**/{"type":"a"}', "{\"type\":\"a\"}// x", '{"type":"a","x":NaN}',
    '{"type":"a","x":Infinity}', "{\"type\":\"a\1\"}", "{\"type\":\"a\nb\"}", '{"type":"\q"}',
    '{"type":"a","x":01}', '{"type":"a","x":.5}', '{"type":"a","x":1.}', '{"type":"a","x":+1}',
    %({"type":"a","x":#{DEEP}}), "[" * 1_048_576, '{"a":' * 200_000, '"' * 1_000_001,
    '\\"' * 500_000, ORDER.encode("UTF-16LE")
  ].freeze

  def test_a_signed_body_that_cannot_be_read_is_400
    UNREADABLE.each do |body|
      assert_equal [400, :invalid_payload], refusal(receiver, body), body.b[0, 60]
    end
  end

  def test_or_it_is_parked
    parked = nil
    receiver = receiver(unreadable: :park).on_parked { |*arguments| parked = arguments }
    assert_equal '200 {"received":true}', answered(deliver(receiver, "[]"))
    assert_equal [nil, "[]"], [parked[0], parked[2]]
  end

  def test_odd_but_right_json_is_read
    [%({"type":"a","data":#{'[' * 511}#{']' * 511}}), '{"type":"x","type":"a"}',
     %({"type":"a","many":#{'9' * 100_000},"small":-1e-400}),
     %( \t\r\n{"":0,"0":1,"\\u0000b":2,"type":"a","x":"/*\\"\\\\"}\n),
     %({"type":"a","text":"#{'x' * 1_000_000}"}),
     '{"type":"a","__proto__":{"type":"b"},"json_class":"Object"}'].each do |body|
      type = nil
      receiver = receiver().on_unhandled { |event| type = event.type }
      assert_equal [200, "a"], [deliver(receiver, body).status, type], body[0, 60]
    end
    _, warned = capture_io do
      assert_equal 200, deliver(receiver, '{"type":"a","big":1e400}').status
    end
    refute_includes warned, "malote"
  end

  def test_an_event_says_what_the_sender_wrote
    event = nil
    body = '{"id":12345678901234567890,"event":"payment.success","occurred_at":1776868195,' \
           '"data":{"id":"pay_1"}}'
    receiver = receiver(scheme: "codespar").on_any { |seen| event = seen }
    deliver(receiver, body, "X-CodeSpar-Event" => "other")
    assert_equal %w[payment.success payment.confirmed], [event.type, event.canonical]
    assert_equal %w[12345678901234567890 msg_1], [event.id, event.delivery_id]
    assert_equal "codespar/12345678901234567890", event.key
    assert_equal ["1776868195", { "id" => "pay_1" }, body],
                 [event.occurred_at, event.data, event.raw]
    assert_equal ["payment.success", nil], [event["event"], event["x"]]
  end

  def key_of(scheme, body, headers = {})
    key = nil
    deliver(receiver(scheme: scheme).on_any { |event| key = event.key }, body, headers)
    key
  end

  def test_the_key_comes_from_signed_material_only
    assert_equal "standard/msg_1", key_of("standard", ORDER)
    assert_equal "whatalo/dlv_9", key_of("whatalo", '{"delivery_id":"dlv_9","event":"a"}')
    assert_equal "stripe/evt_1", key_of("stripe", ORDER)
    body = '{"type":"a"}'
    hashed = "codespar/sha256:#{Digest::SHA256.hexdigest(body)}"
    assert_equal hashed, key_of("codespar", body, "X-CodeSpar-Delivery-Id" => "x")
    assert_includes key_of("codespar", '{"type":"a","id":""}'), "codespar/sha256:"
    assert_includes key_of("codespar", '{"type":"a","id":[1]}'), "codespar/sha256:"
  end

  WHO = {
    "payment.confirmed" => "canonical", "payment.succeeded" => "alias",
    "payment.success" => "alias", "payment.refund.x" => "longer", "payment.x" => "prefix",
    "*" => "star",
    "order.created" => "known", "Order.Created" => "unknown", "constructor" => "unknown",
    "__proto__" => "unknown", "to_s" => "unknown", "0" => "unknown", "é" => "accent"
  }.freeze

  def test_a_handler_is_found_by_type_then_alias_then_the_longest_prefix
    ran = nil
    receiver = receiver() do |made|
      made.on("payment.succeeded") { ran = "alias" }
      made.on("payment.confirmed") { ran = "canonical" }
      made.on("*") { ran = "star" }
      made.on("é") { ran = "accent" }
      made.on_prefix("payment.") { ran = "prefix" }
      made.on_prefix("payment.refund.") { ran = "longer" }
      made.on_unhandled { |_, known| ran = known ? "known" : "unknown" }
    end
    WHO.each do |type, who|
      deliver(receiver, JSON.generate("type" => type))
      assert_equal who, ran, type
    end
    assert_kind(:duplicate_handler) { receiver.on("*") { nil } }
    assert_kind(:duplicate_handler) { receiver.on_prefix("payment.") { nil } }
    assert_kind(:bad_option) { receiver.on("x") }
  end

  def test_blocks_lambdas_and_methods_are_handlers
    seen = []
    one = ->(event) { seen << event.id }
    receiver = receiver() { on("order.created", &one) }
    deliver(receiver)
    deliver(receiver().on("order.created", &method(:take_one)))
    assert_equal ["evt_1"], seen
    assert_equal "evt_1", @taken
  end

  def take_one(event)
    @taken = event.id
  end

  FAILURES = {
    "error" => -> { raise "inner secret" }, "script" => -> { raise NotImplementedError },
    "exception" => -> { raise Exception, "bare" }, "exit" => -> { exit },
    "stack" => -> { deep = ->(again) { again.call(again) }; deep.call(deep) },
    "throw" => -> { throw :nothing_catches_this }, "thread" => -> { Thread.exit },
    "memory" => -> { raise NoMemoryError },
    "config" => -> { raise Malote::ConfigError.new(:no_secret, "of another receiver") },
    "odd" => -> { raise Class.new(StandardError) { def message = "\xFF\n" } }
  }.freeze

  # with the budget's thread, and without
  def test_whatever_a_handler_raises_is_500
    FAILURES.each do |name, failure|
      [nil, 60].each do |budget|
        next if name == "thread" && budget.nil?

        store = Malote::MemoryStore.new
        receiver = receiver(store: store, budget: budget)
        receiver.on("order.created") { |_event| failure.call }
        assert_equal '500 {"error":"handler_failed"}', answered(deliver(receiver)), name
        assert_equal :acquired, store.begin("standard/msg_1", 60), "#{name}: the claim is free"
      end
    end
  end

  def test_failures_are_logged_in_one_line_if_nobody_asks_for_them
    receiver = Malote::Receiver.new(secret: WHSEC, clock: -> { NOW })
    receiver.on("order.created") { raise "two\nlines" }
    _, logged = capture_io { deliver(receiver) }
    assert_equal "malote-receiver: RuntimeError: two lines\n", logged
  end

  def test_an_outcome_decides_the_answer
    answer = deliver(receiver().on("order.created") { Malote.retry(after: 29.5) })
    assert_equal '503 {"error":"try_again"}', answered(answer)
    assert_equal "30", answer.headers["retry-after"]
    parked = nil
    receiver = receiver().on("order.created") { Malote.park("no stock") }
    receiver.on_parked { |event, reason| parked = [event.id, reason] }
    assert_equal 200, deliver(receiver).status
    assert_equal ["evt_1", "no stock"], parked
    [nil, false, 0, "no", []].each do |value|
      assert_equal 200, deliver(receiver().on("order.created") { value }).status
    end
  end

  def test_observers_that_raise_change_no_answer
    make = lambda do |**options|
      observers = %i[on_any on_refused on_parked on_error]
      observers.reduce(receiver(**options)) { |made, name| made.public_send(name) { raise "x" } }
    end
    capture_io do
      assert_equal 200, deliver(make.call).status
      assert_equal 401, deliver(make.call, ORDER, "webhook-id" => "x").status
      assert_equal 200, deliver(make.call(unreadable: :park), "[]").status
      assert_equal 500, deliver(make.call.on("order.created") { raise "y" }).status
    end
  end

  def test_a_secret_can_be_looked_up
    body = '{"delivery_id":"1","event":"order.created","store":"shop_7"}'
    headers = receiver(scheme: "whatalo", secret: "of shop 7").sign("1", NOW, body)
    { "of shop 7" => 200, ["other", "of shop 7"] => 200, "other" => 401, nil => 401, [] => 401,
      [""] => 500, RuntimeError.new("the database is down") => 503 }.each do |found, status|
      lookup = lambda do |hints|
        raise found if found.is_a?(Exception)

        JSON.parse(hints.body)["store"] == "shop_7" ? found : flunk("other hints")
      end
      receiver = receiver(scheme: "whatalo", secret_lookup: lookup)
      assert_equal status, receiver.handle("POST", headers, body).status, found.inspect
    end
  end

  def test_a_handlers_missing_method_is_logged_in_a_line
    said = nil
    hooks = receiver(Malote::App) { on("order.created") { no_such_method } }
    hooks.on_error { |error, _event| said = error.message }
    assert_equal 500, deliver(hooks).status
    assert_operator said.size, :<, 500
  end

  def test_options_out_of_range_are_errors
    [{ tolerance: -1 }, { max_body: 0 }, { max_signatures: 0 }, { budget: 0 },
     { lease: Float::NAN }, { ttl: "7 days" }, { wait: -0.1 }, { on_store_error: :ignore },
     { unreadable: "park" }, { store: 5 }, { clock: 5 }, { gone: "no" },
     { enforce_unsigned_timestamp: "yes" },
     { scheme: "github", enforce_unsigned_timestamp: true }, { colour: 1 }].each do |options|
      assert_kind(:bad_option, options.inspect) { receiver(**options) }
    end
  end

  def test_typed_events_are_checked_and_found_under_every_alias
    seen = nil
    receiver = receiver().on_typed(Malote::Events::PaymentConfirmed) do |payment, event|
      seen = [payment.payment_id, payment.amount, payment.customer, payment.method, event.type]
    end
    send_data = ->(data) { deliver(receiver, %({"type":"payment.success","data":#{data}})).status }
    assert_equal 200, send_data.('{"payment_id":"p","amount":1.5,"customer":{"name":"M"},"new":1}')
    assert_equal ["p", 1.5, { "name" => "M" }, nil, "payment.success"], seen
    ["{}", "[]", "null", "5", '{"payment_id":5}', '{"payment_id":"p","amount":"1"}'].each do |data|
      assert_equal 500, send_data.(data), data
    end
  end

  def test_every_class_can_be_made_of_the_catalogues_fixture
    path = File.join(__dir__, "../../../data/events.json")
    JSON.parse(File.read(path, encoding: "UTF-8"))["events"].each do |entry|
      name = entry["name"].split(/[._]/).map(&:capitalize).join
      kind = Malote::Events.const_get(name)
      assert_equal entry["name"], kind::TYPE
      made = kind.from(Malote::Event.new(data: entry["fixture"]))
      members = kind::MEMBERS.keys
      assert_equal entry["fixture"].values_at(*members), members.map { |member| made.send(member) }
    end
  end
end
