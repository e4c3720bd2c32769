# frozen_string_literal: true

require_relative "helper"

class VerifyTest < Minitest::Test
  include Sender

  def test_what_sign_writes_is_right_in_every_scheme
    Malote::PROFILES.each_key do |scheme|
      receiver = receiver(scheme: scheme)
      assert_equal :ok, code(receiver.verify(signed(receiver), ORDER)), scheme
    end
  end

  def test_the_verified_says_what_was_proven
    receiver = receiver()
    verdict = receiver.verify(signed(receiver), ORDER)
    assert_equal [0, NOW, "msg_1", true, true], verdict.to_a
    receiver = receiver(tolerance: nil)
    assert_equal false, receiver.verify(signed(receiver), ORDER).replay_protected
    receiver = receiver(scheme: :codespar)
    assert_equal [0, nil, "msg_1", false, false], receiver.verify(signed(receiver), ORDER).to_a
  end

  def test_a_time_is_judged_both_ways_and_after_the_signature
    receiver = receiver()
    { 300 => :ok, 301 => :timestamp_too_old, -300 => :ok,
      -301 => :timestamp_too_new }.each do |age, wanted|
      assert_equal wanted, code(receiver.verify(receiver.sign("1", NOW - age, ORDER), ORDER)), age
    end
    old = receiver.sign("1", NOW - 9999, ORDER)
    assert_equal :no_matching_signature, code(receiver.verify(old, "#{ORDER} "))
  end

  def test_a_clock_that_goes_back_makes_times_too_new
    now = NOW + 0.9
    receiver = receiver(clock: -> { now })
    headers = receiver.sign("1", NOW, ORDER)
    assert_equal :ok, code(receiver.verify(headers, ORDER))
    [NOW - 4000, -5].each do |earlier|
      now = earlier
      assert_equal :timestamp_too_new, code(receiver.verify(headers, ORDER))
    end
  end

  RFC3339 = {
    "2026-04-22T14:30:00Z" => :ok,
    "2026-04-22T14:30:00.999999999Z" => :ok,
    "2026-04-22T16:30:00+02:00" => :ok,
    "2026-04-22T09:00:00-05:30" => :ok,
    "2026-04-22T14:24:59Z" => :timestamp_too_old,
    "2024-02-29T00:00:00Z" => :timestamp_too_old,
    "2026-02-29T14:30:00Z" => :malformed_header,
    "2026-04-31T14:30:00Z" => :malformed_header,
    "2026-13-01T14:30:00Z" => :malformed_header,
    "2026-04-22T24:00:00Z" => :malformed_header,
    "2026-04-22T14:30:00" => :malformed_header,
    "2026-04-22 14:30:00Z" => :malformed_header,
    "2026-04-22T14:30Z" => :malformed_header,
    "2026-04-22T14:30:00.Z" => :malformed_header,
    "2026-04-22T14:30:00+25:00" => :malformed_header,
    "2026-04-22T14:30:00Z\n" => :malformed_header,
    "1776868200" => :malformed_header
  }.freeze

  def test_rfc3339_times_are_full_and_real_dates
    receiver = receiver(scheme: "codespar", enforce_unsigned_timestamp: true)
    RFC3339.each do |text, wanted|
      headers = signed(receiver, ORDER, "X-CodeSpar-Timestamp" => text)
      assert_equal wanted, code(receiver.verify(headers, ORDER)), text
    end
  end

  def test_names_have_no_case_and_values_are_trimmed_of_spaces_and_tabs_only
    receiver = receiver()
    headers = signed(receiver).to_h { |name, value| [name.upcase, " \t#{value}\t "] }
    assert_equal :ok, code(receiver.verify(headers, ORDER))
    headers["WEBHOOK-TIMESTAMP"] += "\n"
    assert_equal :malformed_header, code(receiver.verify(headers, ORDER))
  end

  def test_a_header_of_the_scheme_that_comes_twice_is_malformed
    receiver = receiver()
    %w[webhook-signature webhook-timestamp webhook-id].each do |name|
      pairs = signed(receiver).to_a
      refusal = receiver.verify(pairs + pairs.select { |pair| pair[0] == name }, ORDER)
      assert_equal [:malformed_header, name], [refusal.code, refusal.header]
    end
  end

  def test_a_signature_list_takes_sixteen_entries_and_junk
    receiver = receiver()
    right = signed(receiver)["webhook-signature"]
    wrong = "v1,#{["\0" * 32].pack('m0')}"
    { "#{"#{wrong} " * 15}#{right}" => :ok,
      "#{"#{wrong} " * 16}#{right}" => :malformed_header,
      "junk  v2,x   #{right}" => :ok,
      "#{wrong} v1,short" => :no_matching_signature,
      "v1,short v2,x" => :malformed_header,
      "v2,x v1a,y" => :no_matching_signature,
      "v1," => :malformed_header,
      right.sub("v1", "V1") => :no_matching_signature,
      right.delete("=") => :malformed_header,
      right.dup.insert(20, " ") => :malformed_header,
      right.dup.insert(20, "\n") => :malformed_header,
      right.sub(",", ", ") => :malformed_header }.each do |list, wanted|
      headers = signed(receiver, ORDER, "webhook-signature" => list)
      assert_equal wanted, code(receiver.verify(headers, ORDER)), list
    end
  end

  def test_t_comes_once_and_unknown_members_are_skipped
    { "stripe" => ",", "stateset-t" => " " }.each do |scheme, separator|
      receiver = receiver(scheme: scheme)
      name = Malote::PROFILES[scheme]["signature_header"]
      time, right = signed(receiver)[name].split(separator)
      wrong = "v1=#{'0' * 64}"
      [[[right, "v0=1", "junk", wrong, time], :ok],
       [[time, *[wrong] * 15, right], :ok],
       [[time, *[wrong] * 16, right], :malformed_header],
       [["", time, " ", *[wrong] * 15, "", right, ""], :ok],
       [[time, *["junk"] * 16, right], :malformed_header],
       [[*[""] * 50, time, right], :ok],
       [[time, time, right], :malformed_header],
       [[right], :malformed_header],
       [[time], :malformed_header],
       [[time, "v0=1"], :no_matching_signature],
       [[time, "v1", "v1="], :malformed_header]].each do |members, wanted|
        value = members.join(separator)
        assert_equal wanted, code(receiver.verify({ name => value }, ORDER)), value
      end
    end
  end

  def test_a_prefix_is_demanded_or_allowed_as_the_profile_says
    github = receiver(scheme: "github")
    name = "X-Hub-Signature-256"
    bare = signed(github)[name].delete_prefix("sha256=")
    assert_equal :ok, code(github.verify({ name => "sha256=#{bare}" }, ORDER))
    assert_equal :malformed_header, code(github.verify({ name => bare }, ORDER))
    codespar = receiver(scheme: "codespar")
    name = "X-CodeSpar-Signature"
    bare = signed(codespar)[name]
    assert_equal :ok, code(codespar.verify({ name => "sha256=#{bare}" }, ORDER))
    twice = { name => "sha256=sha256=#{bare}" }
    assert_equal :malformed_header, code(codespar.verify(twice, ORDER))
  end

  def test_the_first_secret_that_matches_is_named
    receiver = receiver(scheme: "github", secret: "new", previous_secrets: %w[old older])
    %w[new old older].each_with_index do |secret, index|
      headers = receiver(scheme: "github", secret: secret).sign("1", NOW, ORDER)
      assert_equal index, receiver.verify(headers, ORDER).matched_secret
    end
  end

  def test_no_secret_an_empty_one_and_a_wrong_one_are_errors_at_once
    hex = Malote::PROFILES["github"].merge("secret_encoding" => "hex")
    [[:no_secret, {}], [:no_secret, { secret: "" }], [:no_secret, { secret: nil }],
     [:no_secret, { secret: WHSEC, previous_secrets: [""] }],
     [:no_secret, { secret: WHSEC, previous_secrets: [nil] }],
     [:no_secret, { secret: "whsec_" }], [:bad_secret, { secret: "#{WHSEC}\n" }],
     [:bad_secret, { secret: "whsec_not base64" }], [:bad_secret, { secret: "abc" }],
     [:bad_secret, { secret: WHSEC, previous_secrets: [WHSEC] * 8 }],
     [:bad_secret, { secret: "abc", scheme: hex }],
     [:bad_option, { secret: WHSEC, secret_lookup: -> {} }]].each do |kind, options|
      assert_kind(kind, options.keys.inspect) { Malote::Receiver.new(**options) }
    end
  end

  def test_a_secret_that_begins_with_v1_is_refused_with_the_remedy_and_not_shown
    error = assert_raises(Malote::ConfigError) { Malote::Receiver.new(secret: "v1,#{WHSEC}") }
    assert_equal :bad_secret, error.kind
    assert_includes error.message, 'drop the "v1,"'
    refute_includes error.full_message, WHSEC.delete_prefix("whsec_")
  end

  def test_a_secret_is_read_as_the_profile_says_whatever_it_looks_like
    [WHSEC, "Grüße, ☃", "line\n", " "].each do |secret|
      receiver = receiver(scheme: "codespar", secret: secret)
      mac = OpenSSL::HMAC.hexdigest("SHA256", secret, ORDER)
      assert_equal :ok, code(receiver.verify({ "x-codespar-signature" => mac }, ORDER)), secret
    end
  end

  def test_a_secret_shows_itself_nowhere
    receiver = receiver(scheme: "github", secret: "verysecret")
    secret = Malote::Secret.read("verysecret", "utf8")
    refute_includes "#{receiver.inspect} #{secret} #{secret.inspect}", "verysecret"
    assert_raises(TypeError) { Marshal.dump(secret) }
  end

  def test_a_profile_with_a_fault_is_refused
    {
      "colour" => "red", "algorithm" => "md5", "encoding" => "hex64", "secret_encoding" => nil,
      "signature_header" => "", "header_format" => "t-v1", "signed" => ["ts"],
      "id" => { "name" => "x" }, "event_id" => "body:/id", "type" => ["cookie:x"], "data" => [5],
      "timestamp" => { "header" => "X", "format" => "unix", "signed" => true }
    }.each do |member, value|
      profile = Malote::PROFILES["github"].merge(member => value)
      assert_kind(:bad_profile, member) { Malote::Profile.new(profile) }
    end
    error = assert_raises(Malote::ConfigError) { receiver(scheme: "gitlab") }
    assert_includes error.message, "there are standard"
  end

  HOSTILE = [
    "\0", "\xFF" * 64, "é" * 32, "#{'0' * 63}é", "v1", "v1=", "=", ",", "t=,v1=", "," * 100_000,
    "v1," * 100_000, " " * 100_000, "x#{' ' * 100_000}x", "=" * 44, "v1,#{'=' * 44}", "sha256=",
    "t=1\n,v1=2", "0", "-0", "[]", "é".encode("UTF-16LE")
  ].freeze

  def test_hostile_headers_end_in_a_refusal_and_never_in_an_error
    Malote::PROFILES.each do |scheme, profile|
      receiver = receiver(scheme: scheme)
      signed(receiver).each_key do |name|
        HOSTILE.each do |text|
          verdict = receiver.verify(signed(receiver, ORDER, name => text), ORDER)
          assert_kind_of Malote::Refusal, verdict, text if name == profile["signature_header"]
          answer = deliver(receiver, ORDER, name => text)
          assert_includes [200, 400, 401, 415], answer.status
        end
      end
    end
  end

  def test_a_flood_of_headers_is_carried
    receiver = receiver()
    flood = (1..50_000).map { |number| ["X-#{number % 1000}", "x" * 10] }
    assert_equal :ok, code(receiver.verify(flood + signed(receiver).to_a, ORDER))
  end

  def test_explain_names_the_mistake
    receiver = receiver(clock: -> { NOW + 7200 })
    right = receiver.sign("1", NOW, ORDER)
    explain = ->(headers, body, secret = WHSEC) { receiver.explain(headers, body, secret) }
    by = lambda do |changes|
      scheme = Malote::PROFILES["standard"].merge(changes)
      receiver(scheme: scheme).sign("1", NOW, ORDER)
    end
    assert_includes explain.(right, ORDER), "is right. Its time is 7200 s before"
    late = receiver.sign("1", NOW, "#{ORDER}\n")
    assert_includes explain.(late, ORDER), "a newline after the body"
    assert_includes explain.(right, "#{ORDER}\r\n"), "newline at the end of the body removed"
    assert_includes explain.(right, ORDER, "#{WHSEC}\n"), "white space around the secret"
    assert_includes explain.(right, ORDER, "v1,#{WHSEC}"), '"v1," before the secret'
    stripe = receiver(scheme: "stripe").sign("", NOW, ORDER)
    assert_includes explain.(stripe, ORDER), "the scheme stripe"
    assert_includes explain.(by.({ "secret_encoding" => "utf8" }), ORDER), "the secret read as utf8"
    assert_includes explain.(by.({ "encoding" => "hex" }), ORDER), "the signature in hex"
    other = explain.(right, "{}")
    assert_includes other, "No usual mistake"
    refute_includes other, WHSEC.delete_prefix("whsec_")
  end
end
