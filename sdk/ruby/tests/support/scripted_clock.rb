# frozen_string_literal: true

# A clock that moves when told to. Deliveries are fibers: who sleeps lets the others go on, and a
# handler in a fiber of its own says :slow, :hang or :crash by yielding that.
class ScriptedClock
  attr_accessor :now

  def initialize(now)
    @now = now.to_f
  end

  def sleep(seconds)
    @now += seconds
    Fiber.yield if in_delivery?
  end

  def within(seconds, &work)
    handler = Fiber.new(&work)
    loop do
      said = handler.resume
      return true unless handler.alive?

      if said == :hang
        @now += seconds
        return false
      end
      @now += 1
      Fiber.yield(said)
    end
  end

  # Runs the block where sleeping lets others go on
  def delivery(&block)
    Fiber.new do
      Thread.current[:in_delivery] = true
      block.call
    end
  end

  private

  # Thread.current[] is of the fiber
  def in_delivery?
    Thread.current[:in_delivery]
  end
end
