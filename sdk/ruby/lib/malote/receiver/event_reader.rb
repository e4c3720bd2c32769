# frozen_string_literal: true

require "digest"

module Malote
  # Makes an event of a body whose signature is right.
  class EventReader
    def initialize(profile)
      @profile = profile
    end

    # Returns an Event or a Refusal.
    def read(headers, body)
      payload = parse(body)
      return payload if payload.is_a?(Refusal)

      type = find_text("type", headers, payload)
      return refuse("the event has no type") if type.nil? || type.empty?

      delivery_id = @profile.id_header ? headers.single(@profile.id_header) : ""
      Event.new(type: type, canonical: CANONICAL[type],
                id: find_text("event_id", headers, payload) || "",
                key: "#{@profile.name}/#{Malote.utf8(make_key(delivery_id, payload, body))}",
                delivery_id: Malote.utf8(delivery_id),
                occurred_at: find_text("occurred_at", headers, payload),
                data: find_data(payload), payload: payload, raw: body)
    end

    private

    def parse(body)
      text = Malote.utf8(body)
      return refuse("the body is not UTF-8") unless text.valid_encoding?
      return refuse("the body begins with a byte order mark") if text.start_with?("\uFEFF")

      payload = StrictJson.parse(text)
      payload.is_a?(Hash) ? payload : refuse("the body is not a JSON object")
    rescue JSON::ParserError, EncodingError => error
      refuse("the body cannot be read: #{error.message[0, 100]}")
    end

    def make_key(delivery_id, payload, body)
      return delivery_id if @profile.id_signed?

      @profile.sources["event_id"].each do |source|
        id = text_at(payload, source, integers: true) if source.start_with?("body:")
        # an empty id would make one event of all that have none
        return id unless id.nil? || id.empty?
      end
      "sha256:#{Digest::SHA256.hexdigest(body)}"
    end

    def find_text(member, headers, payload)
      @profile.sources[member].each do |source|
        if source.start_with?("header:")
          text = Malote.utf8(headers.single(source.delete_prefix("header:")))
          return text unless text.empty?
        else
          text = text_at(payload, source, integers: member != "type")
          return text unless text.nil? || (text.empty? && member != "type")
        end
      end
      nil
    end

    def find_data(payload)
      @profile.sources["data"].each do |source|
        found, value = find(payload, source)
        return value if found
      end
      nil
    end

    def text_at(payload, source, integers:)
      _, value = find(payload, source)
      value = value.to_s if integers && value.is_a?(Integer)
      value if value.is_a?(String)
    end

    # source: "body:" and a JSON Pointer. Returns whether it is there, and the value.
    def find(payload, source)
      value = payload
      source.delete_prefix("body:").split("/", -1).drop(1).each do |token|
        token = token.gsub(/~[01]/, "~1" => "/", "~0" => "~")
        if value.is_a?(Array) && token.match?(/\A(?:0|[1-9][0-9]{0,9})\z/)
          token = token.to_i
          return [false, nil] unless token < value.size
        elsif !value.is_a?(Hash) || !value.key?(token)
          return [false, nil]
        end
        value = value[token]
      end
      [true, value]
    end

    def refuse(hint)
      Refusal.new(:invalid_payload, "", hint)
    end
  end
end
