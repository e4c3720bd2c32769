# frozen_string_literal: true

module Malote
  # Who handles what. Any text is a name; none is special.
  class Handlers
    def initialize
      @by_type = {}
      @by_canonical = {}
      @by_prefix = {}
    end

    def add(type, handler)
      set(@by_type, type, handler)
      canonical = CANONICAL[type]
      @by_canonical[canonical] ||= handler if canonical
    end

    def add_prefix(prefix, handler)
      set(@by_prefix, prefix, handler)
      @by_prefix = @by_prefix.sort_by { |text, _| -text.bytesize }.to_h
    end

    # By the type as sent, by another alias of it, by the longest prefix; nil if there is none
    def find(event)
      @by_type[event.type] || @by_canonical[event.canonical] ||
        @by_prefix.find { |prefix, _| event.type.start_with?(prefix) }&.last
    end

    private

    def set(handlers, name, handler)
      if handlers.key?(name)
        raise ConfigError.new(:duplicate_handler, "#{name.inspect} has a handler already")
      end

      handlers[name] = handler
    end
  end
end
