# frozen_string_literal: true

module Malote
  # Those who watch. What they raise goes to the log and changes nothing.
  class Observers
    def initialize
      @by_name = {}
    end

    def []=(name, observer)
      @by_name[name] = observer
    end

    def [](name)
      @by_name[name]
    end

    def notify(name, *arguments)
      @by_name[name]&.call(*arguments)
    rescue StandardError, ScriptError, SystemStackError => error
      report(error)
    end

    # To on_error, or to standard error if nobody asked for it
    def report(error, event = nil)
      return log(error) unless @by_name[:error]

      @by_name[:error].call(error, event)
    rescue StandardError, ScriptError, SystemStackError => thrown
      log(error)
      log(thrown)
    end

    private

    def log(error)
      text = "#{error.class}: #{error.message}".scrub.gsub(/[[:cntrl:]]+/, " ")
      warn("malote-receiver: #{text}")
    end
  end
end
