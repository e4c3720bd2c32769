# frozen_string_literal: true

require "json"

module Malote
  # JSON as RFC 8259 has it. Ruby's own reader also takes comments and unknown escapes.
  module StrictJson
    MAX_DEPTH = 512
    STRING = %r{"(?>[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"}.freeze
    WORD = /\A(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\z/.freeze

    # text: valid UTF-8. Raises JSON::ParserError.
    def self.parse(text)
      rest = text.gsub(STRING, " ")
      words = rest.scan(/[^\s{}\[\],:]+/)
      odd = words.find { |word| !word.match?(WORD) }
      raise JSON::ParserError, "unexpected #{odd[0, 20].inspect}" if odd

      JSON.parse(text, max_nesting: MAX_DEPTH)
    end
  end
end
