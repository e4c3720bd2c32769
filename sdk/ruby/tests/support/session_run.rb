# frozen_string_literal: true

require_relative "scripted_clock"
require_relative "scripted_store"

# One session of a vector file: deliveries to one receiver, with a store and a handler that do what
# each step says. Deliveries are fibers; all time is the clock's.
class SessionRun
  SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
  HEX_SECRET = "303132333435363738396162636465663031323334353637383961626364656630"

  # What did not go as the steps say
  attr_reader :faults

  def initialize(session, file)
    @steps = session["steps"]
    @profile = file["profiles"][session["profile"]]
    @clock = ScriptedClock.new(file["now"])
    @store = ScriptedStore.new(Malote::MemoryStore.new(clock: @clock))
    @receiver = make_receiver(session, file)
    @faults = []
    @ran = {}
    @dead = []
    @responses = {}
    session["parallel"] ? run_parallel : run_in_order
  end

  private

  def make_receiver(session, file)
    options = file["defaults"].merge(session["options"] || {}).transform_keys(&:to_sym)
    choice = options[:on_store_error]
    options[:on_store_error] = choice.to_sym if choice
    receiver = Malote::Receiver.new(
      scheme: Malote::Profile.new(@profile, session["profile"]),
      secret: @profile["secret_encoding"] == "hex" ? HEX_SECRET : SECRET,
      store: @store, clock: @clock, **options
    )
    receiver.on_prefix("") { handle }.on_error { nil }
  end

  def run_in_order
    @steps.each_index do |index|
      delivery = start(index)
      advance(delivery, index) while alive?(delivery, index)
      judge(index) if delivery
    end
  end

  def run_parallel
    deliveries = @steps.each_index.to_h { |index| [index, start(index)] }
    loop do
      alive = deliveries.select { |index, delivery| alive?(delivery, index) }
      break if alive.empty?

      alive.each { |index, delivery| advance(delivery, index) }
    end
    deliveries.each { |index, delivery| judge(index) if delivery }
  end

  # The delivery of a step up to where it first waits; nil if the step only moves the clock
  def start(index)
    step = @steps[index]
    @clock.now += step["advance_s"] || 0
    return unless step["delivery"]

    headers, body = make_request(step)
    @ran[index] = false
    delivery = @clock.delivery do
      @responses[index] = @receiver.handle("POST", headers, body)
    end
    advance(delivery, index)
    delivery
  end

  def alive?(delivery, index)
    delivery&.alive? && !@dead.include?(index)
  end

  def advance(delivery, index)
    @current = index
    @store.down = @steps[index]["store"] == "down" ? %i[begin commit abort] : []
    @dead << index if delivery.resume == :crash
  end

  def handle
    @ran[@current] = true
    case @steps[@current]["handler"]
    when "slow", "hang", "crash" then Fiber.yield(@steps[@current]["handler"].to_sym)
    when "throw" then raise "the handler fails"
    end
  end

  def judge(index)
    step = @steps[index]
    response = @responses[index]
    status = response&.status || 0
    fault(index, "http is #{status}") unless !step.key?("http") || wanted(step).include?(status)
    fault(index, "ran is #{@ran[index]}") unless [nil, @ran[index]].include?(step["ran"])
    is_duplicate = JSON.parse(response&.body || "{}").key?("duplicate")
    return if [nil, is_duplicate].include?(step["duplicate"])

    fault(index, "duplicate is #{is_duplicate}")
  end

  # After a crash there is no answer, and a proxy would make a 5xx of that.
  def wanted(step)
    wanted = Array(step["http"] || 0)
    step["handler"] == "crash" && wanted.max >= 500 ? wanted + [0] : wanted
  end

  def fault(index, what)
    @faults << "step #{index + 1}: #{what}"
  end

  def make_request(step)
    id = "dlv_#{step['delivery']}"
    entity = step["entity"] || "ord_1"
    # no two deliveries are the same bytes, or schemes without ids could not tell them apart
    members = { "delivery" => step["delivery"], "data" => { "id" => entity } }
    headers = {}
    { "type" => "order.created", "event_id" => id }.each do |fact, value|
      @profile[fact].each do |source|
        place, name = source.split(":", 2)
        place == "header" ? headers[name] = value : members[name.delete_prefix("/")] = value
      end
    end
    body = JSON.generate({ "event_id" => entity }.merge(members))
    [headers.merge(@receiver.sign(id, @clock.now.floor, body)), body]
  end
end
