# frozen_string_literal: true

module Malote
  # The time, and waiting. Another clock has the same three methods.
  class SystemClock
    # Unix seconds
    def now
      Time.now.to_f
    end

    def sleep(seconds)
      Kernel.sleep(seconds)
    end

    # Runs the block in a thread of its own; true if it ended in time. One that did not goes on.
    def within(seconds, &work)
      !Thread.new(&work).join(seconds).nil?
    end
  end
end
