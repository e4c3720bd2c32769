# frozen_string_literal: true

module Malote
  # Claims an event, runs its handler, and settles the claim.
  class Processor
    POLL_SECONDS = 0.1

    # options: budget, store, lease, ttl, wait, on_store_error of the receiver
    def initialize(handlers, observers, clock, options)
      @handlers = handlers
      @observers = observers
      @clock = clock
      @options = options
    end

    def process(event, verified)
      leased_until = @clock.now + @options[:lease]
      store = @options[:store]
      begin
        state = claim(store, event.key) if store
      rescue StandardError => error
        @observers.report(error, event)
        return Response.try_again unless @options[:on_store_error] == :run

        store = nil
      end
      case state
      when :done then Response.duplicate
      when :in_flight then Response.try_again
      else dispatch(event, verified, store, leased_until)
      end
    end

    private

    # Waits for a copy that has the claim, as long as allowed
    def claim(store, key)
      state = store.begin(key, @options[:lease])
      waited = 0
      while state == :in_flight && waited < @options[:wait]
        @clock.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
        state = store.begin(key, @options[:lease])
      end
      state
    end

    def dispatch(event, verified, store, leased_until)
      budget = @options[:budget]
      context = Context.new(verified, !event.canonical.nil?, budget && (@clock.now + budget))
      @observers.notify(:any, event, context)
      response = nil
      work = -> { response = run(event, context, store, leased_until) }
      return Response.try_again if budget && !@clock.within(budget, &work)

      work.call unless budget
      response || Response.handler_failed
    end

    # The handler, and what its outcome means for the claim. May end after the answer was given.
    def run(event, context, store, leased_until)
      is_done = false
      outcome = handle(event, context)
      outcome = nil unless outcome.is_a?(Outcome)
      return Response.try_again(outcome.after) if outcome&.kind == :retry

      @observers.notify(:parked, event, outcome.reason, event.raw) if outcome
      is_done = true
      settle(event) { store&.commit(event.key, @options[:ttl]) }
      Response.received
    rescue Exception => error # a failure, whatever it is
      @observers.report(error, event)
      raise if error.is_a?(SignalException)

      Response.handler_failed
    ensure
      # here even if the handler ends its thread; a lease that ran out may be another's by now
      settle(event) { store&.abort(event.key) } if !is_done && @clock.now < leased_until
    end

    def handle(event, context)
      handler = @handlers.find(event)
      return handler.call(event, context) if handler

      @observers[:unhandled]&.call(event, context.known, context)
    end

    def settle(event)
      yield
    rescue StandardError => error
      @observers.report(error, event)
    end
  end
end
