# frozen_string_literal: true

require_relative "helper"
require_relative "support/example_server"
require "rack"

class RackTest < Minitest::Test
  include Sender

  EXAMPLE = File.expand_path("../../../examples/receivers/ruby-rack/run", __dir__)

  def app(**options, &setup)
    receiver(Malote::App, **options, &setup)
  end

  # What Rack makes of a request
  def environment(app, body = ORDER, **more)
    headers = signed(app, body).to_h do |name, value|
      key = name.upcase.tr("-", "_")
      [key == "CONTENT_TYPE" ? key : "HTTP_#{key}", value]
    end
    Rack::MockRequest.env_for("/", { method: "POST", input: body }.merge(more)).merge(headers)
  end

  # An input as Rack 3 allows it: it can be read, once, and nothing else
  class OneWay
    attr_reader :asked

    def initialize(bytes)
      @bytes = StringIO.new(bytes)
      @asked = []
    end

    def read(length)
      @asked << length
      @bytes.read([length, 10].min)
    end
  end

  def test_the_app_is_valid_rack
    seen = nil
    app = app() { |made| made.on("order.created") { |event| seen = event.id } }
    status, headers, body = Rack::Lint.new(app).call(environment(app))
    assert_equal [200, "application/json"], [status, headers["content-type"]]
    assert_equal [['{"received":true}'], "evt_1"], [body.to_enum.to_a, seen]
    body.close
    assert_equal(headers.keys, headers.keys.map(&:downcase))
  end

  def test_the_block_may_have_a_parameter_or_not
    ran = []
    apps = [app { on("order.created") { ran << 1 } },
            app { |made| made.on("order.created") { ran << 2 } }]
    apps.each { |app| app.call(environment(app)) }
    assert_equal [1, 2], ran
  end

  def test_the_input_is_read_once_and_not_rewound
    app = app()
    input = OneWay.new(ORDER)
    assert_equal 200, app.call(environment(app).merge("rack.input" => input)).first
    app = app(max_body: 25)
    input = OneWay.new("x" * 1000)
    unsized = environment(app).merge("rack.input" => input, "CONTENT_LENGTH" => nil)
    assert_equal 413, app.call(unsized).first
    assert_equal [26, 16, 6], input.asked
    huge = environment(app).merge("rack.input" => nil, "CONTENT_LENGTH" => "26")
    assert_equal 413, app.call(huge).first
  end

  def test_a_body_that_was_read_before_is_500_with_the_remedy
    app = app()
    message = nil
    app.on_error { |error| message = error.message }
    read = StringIO.new(ORDER)
    read.read
    closed = StringIO.new(ORDER)
    closed.close
    [read, closed, nil].each do |input|
      env = environment(app).merge("rack.input" => input, "CONTENT_LENGTH" => "73")
      status, _, body = app.call(env)
      assert_equal [500, ['{"error":"not_configured"}']], [status, body]
      assert_includes message, "before middleware that parses bodies"
    end
    env = environment(app, "").merge("rack.input" => nil, "CONTENT_LENGTH" => "0")
    assert_equal 400, app.call(env).first, "an empty body was never one"
  end

  def test_odd_environments_end_in_a_refusal
    app = app()
    assert_equal 405, app.call({}).first
    assert_equal 415, app.call("REQUEST_METHOD" => "POST").first
    env = environment(app).merge("HTTP_" => "x", "HTTP_X" => 5, "rack.x" => Object.new)
    assert_equal 200, app.call(env).first
    env = environment(app).merge("HTTP_WEBHOOK_ID" => "msg_1, msg_1")
    assert_equal 401, app.call(env).first
  end

  def test_two_signature_headers_that_the_server_joined_are_refused
    app = app()
    right = environment(app)["HTTP_WEBHOOK_SIGNATURE"]
    wrong = "v1,#{["\0" * 32].pack('m0')}"
    [[right, right], [wrong, right], [right, wrong], ["v2,x", right]].each do |copies|
      env = environment(app).merge("HTTP_WEBHOOK_SIGNATURE" => copies.join(", "))
      assert_equal 401, app.call(env).first, copies.inspect
    end
    env = environment(app).merge("HTTP_WEBHOOK_SIGNATURE" => "#{wrong} v2,x #{right}")
    assert_equal 200, app.call(env).first
  end

  # Handler code as people have it: a case over event["type"] on hashes
  def handle_event(event)
    data = event["data"]
    case event["type"]
    when "order.created" then @notes << "new order #{data['id']}"
    when "order.updated" then @notes << "order #{data['id']} is #{data['status']}"
    when "payment.succeeded" then @notes << "paid #{data['id']}"
    when "shipment.delivered" then deliver_to_the_warehouse(data["id"])
    when "inventory.low_stock" then @notes << "#{data['sku']}: #{data['quantity_available']}"
    else @notes << "nobody minds #{event['type']}"
    end
  end

  SEED = [
    ["order.created", { id: "o1" }, 200], ["order.updated", { id: "o1", status: "packed" }, 200],
    ["payment.succeeded", { id: "p1" }, 200], ["shipment.delivered", { id: "s1" }, 500],
    ["inventory.low_stock", { sku: "mug", quantity_available: 2 }, 200], ["else", {}, 200]
  ].freeze

  def test_handlers_written_for_hashes_run_as_they_are
    @notes = []
    app = app(scheme: "stateset", store: Malote::MemoryStore.new, budget: 60)
    app.on_unhandled(&method(:handle_event))
    SEED.each do |type, data, status|
      assert_equal status, deliver(app, JSON.generate("type" => type, "data" => data)).status, type
    end
    body = '{"type":"order.created","data":{"id":"o2"}}'
    answers = (1..5).map { Thread.new { deliver(app, body).status } }.map(&:value)
    assert_equal [200] * 5, answers
    name = "X-StateSet-Signature"
    right = signed(app, body)[name]
    [right.chop, "é" * 32, nil].each do |wrong|
      assert_equal 401, deliver(app, body, { name => wrong }).status
    end
    empty = OpenSSL::HMAC.hexdigest("SHA256", "", body)
    assert_equal 401, deliver(app, body, { name => empty }).status
    ["{", "\xEF\xBB\xBF#{body}"].each { |odd| assert_equal 400, deliver(app, odd).status }
    assert_equal 413, deliver(app, "x" * (32 << 20)).status
    assert_equal ["new order o1", "order o1 is packed", "paid p1", "mug: 2", "nobody minds else",
                  "new order o2"], @notes
  end

  def signed_now(body)
    Malote::Receiver.new(secret: WHSEC).sign("msg_1", Time.now.to_i, body)
  end

  def test_the_example_receives_over_http
    skip "Puma is not installed (Debian: puma)" unless system("command -v puma >/dev/null")
    ExampleServer.open(EXAMPLE, MALOTE_WEBHOOK_SECRET: WHSEC) do |server|
      right = signed_now(ORDER)
      assert_equal [[200] * 5, ["evt_1 order.created"]],
                   [server.post_at_once(5, right, ORDER).map(&:first), server.effects]
      assert_equal [200, '{"received":true,"duplicate":true}'], server.post(right, ORDER)
      [[401, right, "#{ORDER} "], [401, right.merge("webhook-signature" => "v1"), ORDER],
       [401, right.merge("webhook-signature" => "v1,#{'é' * 22}"), ORDER],
       [401, right.merge("webhook-id" => %w[msg_1 msg_1]), ORDER],
       [401, { "content-type" => "application/json" }, ORDER], [400, signed_now("[]"), "[]"],
       [415, right.merge("content-encoding" => "gzip"), ORDER],
       [415, right.merge("content-type" => "text/plain"), ORDER],
       [413, right, "x" * (2 << 20)]].each do |status, headers, body|
        assert_equal status, server.post(headers, body).first, headers.inspect
      end
      assert_equal [405, 405], %w[GET DELETE].map { |name| server.post(right, "", name).first }
      assert_equal ["evt_1 order.created"], server.effects
    end
  end

  def test_the_example_does_not_start_without_a_secret
    skip "Puma is not installed (Debian: puma)" unless system("command -v puma >/dev/null")
    secretless = { "MALOTE_WEBHOOK_SECRET" => nil, "PORT" => "0" }
    refute system(secretless, EXAMPLE, out: File::NULL, err: File::NULL)
    wrong = { "MALOTE_WEBHOOK_SECRET" => "whsec_?", "PORT" => "0" }
    refute system(wrong, EXAMPLE, out: File::NULL, err: File::NULL)
  end
end
