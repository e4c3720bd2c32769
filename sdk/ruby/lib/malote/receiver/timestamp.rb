# frozen_string_literal: true

require "date"

module Malote
  # Times as senders write them, read strictly: Unix seconds, or nil.
  module Timestamp
    DATE = /(\d{4})-(\d\d)-(\d\d)/n.freeze
    TIME = /(\d\d):(\d\d):(\d\d)(?:\.\d+)?/n.freeze
    RFC3339 = /\A#{DATE}T#{TIME}(?:Z|([+-])(\d\d):(\d\d))\z/n.freeze

    def self.parse(text, format)
      return (text.match?(/\A[0-9]{1,15}\z/n) ? text.to_i : nil) if format == "unix"

      part = RFC3339.match(text)
      return unless part

      year, month, day, hour, minute, second = part[1..6].map(&:to_i)
      return unless Date.valid_date?(year, month, day) && hour <= 23 && minute <= 59 && second <= 59
      return unless part[8].to_i <= 23 && part[9].to_i <= 59

      offset = ((part[8].to_i * 60) + part[9].to_i) * (part[7] == "-" ? -60 : 60)
      Time.utc(year, month, day, hour, minute, second).to_i - offset
    end

    def self.format(time, format)
      format == "unix" ? time.to_s : Time.at(time).utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    end
  end
end
