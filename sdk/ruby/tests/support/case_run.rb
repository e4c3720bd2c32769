# frozen_string_literal: true

# One case of a vector file: a request, and what must become of it.
class CaseRun
  # What the receiver made of it, as the contract's --json line, and replay_protected
  attr_reader :seen

  def initialize(vector, file)
    @vector = vector
    @file = file
    @seen = { "id" => vector["id"], "verify" => "ok", "http" => 0, "dispatch" => nil,
              "matched_secret" => nil, "replay_protected" => nil, "event" => nil }
    @seen["http"] = send_to(make_receiver)
  rescue Malote::ConfigError => error
    # one that refuses to start serves nothing: what is in front of it answers 500
    @seen.merge!("verify" => error.kind.to_s, "http" => 500)
  end

  # What is not as the case expects
  def faults
    @vector["expect"].map do |member, expected|
      seen = @seen[member]
      seen = (seen || {}).slice(*expected.keys) if member == "event"
      "#{member} is #{seen.inspect}, not #{expected.inspect}" if seen != expected
    end.compact
  end

  private

  def make_receiver
    options = @file["defaults"].merge(@vector["options"] || {}).transform_keys(&:to_sym)
    secrets = @vector["secrets"].map { |secret| secret["value"] }
    now = @vector["now"] || @file["now"]
    receiver = Malote::Receiver.new(
      scheme: make_profile, secret: secrets.first, previous_secrets: secrets.drop(1),
      clock: -> { now }, **options
    )
    receiver.on("order.created") { |event, context| note("handled", event, context) }
    receiver.on_unhandled { |event, _known, context| note("unhandled", event, context) }
    receiver.on_refused { |refusal, _hints| @seen["verify"] = refusal.code.to_s }
  end

  def make_profile
    definition = @file["profiles"][@vector["profile"]]
    encoding = @vector["secrets"].first&.fetch("enc") || definition["secret_encoding"]
    changed = definition.merge("secret_encoding" => encoding)
    Malote::Profile.new(changed, @vector["profile"])
  end

  def send_to(receiver)
    request = @vector["request"]
    receiver.handle(request["method"], request["headers"], bytes(request["body"])).status
  end

  def bytes(body)
    return body["utf8"] if body.key?("utf8")
    return body["b64"].unpack1("m") if body.key?("b64")

    body["fill"]["byte"] * body["fill"]["count"]
  end

  def note(dispatch, event, context)
    @seen.merge!("dispatch" => dispatch,
                 "matched_secret" => context.verified.matched_secret,
                 "replay_protected" => context.verified.replay_protected,
                 "event" => { "type" => event.type, "event_id" => event.id })
  end
end
