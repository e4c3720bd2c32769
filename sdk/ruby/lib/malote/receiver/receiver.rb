# frozen_string_literal: true

module Malote
  # Verifies the bytes, judges the time, parses, claims, dispatches. See App for Rack.
  class Receiver
    MAX_SECRETS = 8

    DEFAULTS = {
      scheme: "standard", tolerance: 300, enforce_unsigned_timestamp: false, max_body: 1_048_576,
      max_signatures: 16, budget: 8, store: nil, lease: 60, ttl: 604_800, wait: 5,
      on_store_error: :refuse, unreadable: :refuse, clock: nil, gone: false
    }.freeze

    # Options, with times in seconds and sizes in bytes:
    #
    # secret, previous_secrets:: as the sender shows them; at most 8 in all
    # secret_lookup:: instead, a proc from Hints to secrets; for one secret per shop
    # scheme:: the name of a built-in profile, or a profile as a Hash
    # tolerance:: both ways; nil: times are not judged
    # enforce_unsigned_timestamp:: judge a time that the signature does not cover, and demand it
    # max_body, max_signatures:: more is refused
    # budget:: for a handler, which runs in a thread; nil: it runs in the caller's, however long
    # store:: without one every copy runs
    # lease, ttl, wait:: how long a claim holds, a done key is kept, a copy waits for the first
    # on_store_error:: :refuse (503) or :run
    # unreadable:: :refuse (400) or :park (200, and on_parked)
    # clock:: a proc that returns Unix seconds, or an object like SystemClock
    # gone:: answer 410 to everything
    #
    # The block sets the handlers; without a parameter it is run as if within the receiver.
    # Raises ConfigError.
    def initialize(secret: nil, previous_secrets: [], secret_lookup: nil, **options, &setup)
      @options = check_options(options)
      @profile = Profile.of(@options[:scheme])
      @verifier = make_verifier
      @reader = EventReader.new(@profile)
      @lookup = secret_lookup
      @secrets = read_own_secrets(secret, previous_secrets)
      @clock = make_clock(@options[:clock])
      @handlers = Handlers.new
      @observers = Observers.new
      @processor = Processor.new(@handlers, @observers, @clock, @options)
      return unless setup

      setup.arity.zero? ? instance_eval(&setup) : setup.call(self)
    end

    # Short, since Ruby writes it into the message of every NameError in a handler of the block.
    def inspect
      "#<#{self.class} #{@profile.name}>"
    end

    # One handler per type, called with (event, context). It is also found by any other alias of the
    # same event.
    def on(type, &handler)
      @handlers.add(type.to_s, adapt(handler))
      self
    end

    # A handler called with the data as one of the classes in Malote::Events, the event, the context
    def on_typed(kind, &handler)
      handler = adapt(handler)
      on(kind::TYPE) { |event, context| handler.call(kind.from(event), event, context) }
    end

    # For types without a handler of their own; the longest prefix that fits is taken.
    def on_prefix(prefix, &handler)
      @handlers.add_prefix(prefix.to_s, adapt(handler))
      self
    end

    # For what nobody handles: (event, known, context)
    def on_unhandled(&handler)
      observe(:unhandled, handler)
    end

    # Sees every event before its handler: (event, context)
    def on_any(&observer)
      observe(:any, observer)
    end

    # (refusal, hints)
    def on_refused(&observer)
      observe(:refused, observer)
    end

    # Instead of standard error: (exception, event or nil)
    def on_error(&observer)
      observe(:error, observer)
    end

    # (event or nil, reason, raw)
    def on_parked(&observer)
      observe(:parked, observer)
    end

    # Any request. headers: a Hash of name => value(s), or pairs where copies must be seen. The
    # body, or a block that reads at most so many bytes. Returns a Response.
    def handle(method, headers, body = nil, &reader)
      answer(method, Headers.of(headers), reader || ->(_limit) { body.to_s })
    rescue ConfigError => error
      @observers.report(error)
      Response.not_configured
    rescue StandardError => error
      @observers.report(error)
      Response.try_again
    end

    # Judges headers and body only: a Verified or a Refusal. Nothing is parsed or claimed.
    def verify(headers, body)
      headers = Headers.of(headers)
      secrets = @lookup ? look_up(Hints.new(headers, body)) : @secrets
      @verifier.verify(headers, body.b, secrets || [], now)
    end

    # What a sender of the scheme would send, as a Hash; for tests. time: Unix seconds.
    def sign(id, time, body)
      raise ConfigError.new(:no_secret, "sign needs the option secret") if @secrets.empty?

      Signer.sign(@profile, @secrets.first, id, time, body.b)
    end

    # Why a signature is not right, in words for people: tries the usual mistakes. Never call it
    # while serving a request: it makes hundreds of MACs.
    def explain(headers, body, secret)
      Explainer.new(@profile, now).explain(Headers.of(headers), body.b, secret)
    end

    private

    def answer(method, headers, reader)
      max_body = @options[:max_body]
      fault = Refusal.new(:gone, "", "the option gone is set") if @options[:gone]
      fault ||= Gate.find_fault(method, headers, max_body)
      return refuse(fault, Hints.new(headers, "")) if fault

      body = reader.call(max_body + 1).b
      hints = Hints.new(headers, body)
      return refuse(Gate.too_large(max_body), Hints.new(headers, "")) if body.bytesize > max_body

      verified = prove(hints)
      return refuse(verified, hints) if verified.is_a?(Refusal)

      event = @reader.read(headers, body)
      return refuse_unreadable(event, hints) if event.is_a?(Refusal)

      @processor.process(event, verified)
    end

    def prove(hints)
      secrets = @lookup ? look_up(hints) : @secrets
      return @verifier.verify(hints.headers, hints.body, secrets, now) if secrets

      Refusal.new(:no_matching_signature, "", "secret_lookup found none")
    end

    def refuse(refusal, hints)
      @observers.notify(:refused, refusal, hints)
      Response.refused(refusal.code)
    end

    def refuse_unreadable(refusal, hints)
      @observers.notify(:refused, refusal, hints)
      return Response.refused(refusal.code) if @options[:unreadable] == :refuse

      @observers.notify(:parked, nil, refusal.hint, hints.body)
      Response.received
    end

    def observe(name, handler)
      @observers[name] = adapt(handler)
      self
    end

    # A lambda or method gets as many arguments as it takes.
    def adapt(handler)
      bad_option("a handler is given as a block") unless handler
      return handler if !handler.lambda? || handler.arity.negative?

      ->(*arguments) { handler.call(*arguments.first(handler.arity)) }
    end

    # nil if there is none
    def look_up(hints)
      found = Array(@lookup.call(hints))
      found.empty? ? nil : read_secrets(found)
    end

    def read_own_secrets(secret, previous)
      return read_secrets([secret, *previous]) unless @lookup

      bad_option("give either secret or secret_lookup") if secret || previous.any?
      []
    end

    def read_secrets(texts)
      if texts.size > MAX_SECRETS
        raise ConfigError.new(:bad_secret, "at most #{MAX_SECRETS} secrets are taken")
      end

      texts.map { |text| Secret.read(text, @profile.secret_encoding) }
    end

    def check_options(given)
      unknown = given.keys - DEFAULTS.keys
      bad_option("there is no option #{unknown.first}") if unknown.any?
      options = DEFAULTS.merge(given)
      %i[max_body max_signatures lease ttl].each { |name| check_number(options, name, 1e-9) }
      check_number(options, :budget, 1e-9) if options[:budget]
      check_number(options, :wait, 0)
      check_number(options, :tolerance, 0) if options[:tolerance]
      %i[gone enforce_unsigned_timestamp].each do |name|
        bad_option("#{name} must be true or false") unless [true, false].include?(options[name])
      end
      check_methods(options, :store, %i[begin commit abort])
      check_methods(options, :clock, %i[now]) unless options[:clock].respond_to?(:call)
      { on_store_error: %i[refuse run], unreadable: %i[refuse park] }.each do |name, words|
        next if words.include?(options[name])

        bad_option("#{name} must be #{words.map(&:inspect).join(' or ')}")
      end
      options
    end

    def check_number(options, name, least)
      value = options[name]
      bad_option("#{name} is out of range") unless value.is_a?(Numeric) && value >= least
    end

    def check_methods(options, name, methods)
      missing = methods.reject { |method| options[name].respond_to?(method) }
      bad_option("#{name} has no method #{missing.first}") if options[name] && missing.any?
    end

    def make_verifier
      if @options[:enforce_unsigned_timestamp] && !@profile.timestamp?
        bad_option("the scheme has no timestamp to enforce")
      end
      names = %i[tolerance enforce_unsigned_timestamp max_signatures]
      Verifier.new(@profile, **@options.slice(*names))
    end

    def make_clock(clock)
      return clock || SystemClock.new unless clock.respond_to?(:call)

      SystemClock.new.tap { |made| made.define_singleton_method(:now) { clock.call } }
    end

    def now
      @clock.now.floor
    end

    def bad_option(what)
      raise ConfigError.new(:bad_option, what)
    end
  end
end
