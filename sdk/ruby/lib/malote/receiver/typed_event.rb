# frozen_string_literal: true

module Malote
  # The data of one kind of event, checked and with readers for its members. The classes in
  # Malote::Events are made from the event catalogue; members the sender left out are nil.
  class TypedEvent
    # What it was made of, with every member the sender wrote
    attr_reader :event

    # Raises TypeError if a required member is missing, or one has the wrong type.
    def self.from(event)
      data = event.data
      raise TypeError, "#{self::TYPE}: data is not an object" unless data.is_a?(Hash)

      self::MEMBERS.each do |member, (types, is_required)|
        value = data[member]
        raise TypeError, "#{self::TYPE}: data has no #{member}" if value.nil? && is_required
        next if value.nil? || types.any? { |type| type === value }

        raise TypeError, "#{self::TYPE}: data.#{member} is not #{types.join(' or ')}"
      end
      new(event)
    end

    def initialize(event)
      @event = event
      self.class::MEMBERS.each_key do |member|
        instance_variable_set("@#{member}", event.data[member])
      end
    end
    private_class_method :new
  end
end
