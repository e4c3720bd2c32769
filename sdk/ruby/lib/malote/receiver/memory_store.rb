# frozen_string_literal: true

module Malote
  # Claims in the memory of one process, for one server of any number of threads.
  #
  # A store has three methods, which may raise: begin(key, lease) claims a key atomically, and
  # returns :acquired, :done or :in_flight; claims whose lease ran out and done keys past their ttl
  # are free. commit(key, ttl) remembers that it is done. abort(key) frees it unless it is done.
  # Times are in seconds, keys are any bytes.
  class MemoryStore
    # max_keys: beyond it, the keys that were done first are forgotten.
    def initialize(clock: SystemClock.new, max_keys: 100_000)
      @clock = clock
      @max_keys = max_keys
      @entries = {}
      @lock = Mutex.new
    end

    def begin(key, lease)
      @lock.synchronize do
        now = @clock.now
        state, ends_at = @entries[key]
        if state && ends_at > now
          # a clock that was set back must not make a claim last longer than its lease
          @entries[key][1] = [ends_at, now + lease].min if state == :in_flight
          return state
        end

        @entries.delete(key)
        make_room(now)
        @entries[key] = [:in_flight, now + lease]
        :acquired
      end
    end

    def commit(key, ttl)
      @lock.synchronize do
        @entries.delete(key)
        @entries[key] = [:done, @clock.now + ttl]
      end
    end

    def abort(key)
      @lock.synchronize { @entries.delete(key) if @entries[key]&.first == :in_flight }
    end

    private

    def make_room(now)
      return if @entries.size < @max_keys

      @entries.delete_if { |_, (_, ends_at)| ends_at <= now }
      excess = @entries.size - @max_keys + 1
      done = @entries.each_key.lazy.select { |key| @entries[key].first == :done }
      done.first([excess, 0].max).each { |key| @entries.delete(key) }
      raise "the store is full: #{@max_keys} events in progress" if @entries.size >= @max_keys
    end
  end
end
