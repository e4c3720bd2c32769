# frozen_string_literal: true

require "json"

module Malote
  # JSON as RFC 8259 has it. Ruby's own reader also takes comments, odd escapes and odd numbers.
  module StrictJson
    MAX_DEPTH = 512
    # It matches from the first quote on even if the string never ends, or finding that out again
    # from every later quote would take square time.
    STRING = %r{"(?>[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+(")?}.freeze
    NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/.freeze
    WORD = /\A(?:true|false|null|#{NUMBER})\z/.freeze

    ESCAPE = /\\(?:u[dD][89abAB]\h\h\\u[dD][c-fC-F]\h\h|(?<half>u[dD][89a-fA-F]\h\h)|.)/m.freeze

    # An escape of half a surrogate pair, as those who cut texts in UTF-16 send, reads as U+FFFD.
    def self.mend_half_pairs(text)
      return text unless text.match?(/\\u[dD][89a-fA-F]/)

      text.gsub(ESCAPE) { |escape| $~[:half] ? "\\ufffd" : escape }
    end

    # text: valid UTF-8. Raises JSON::ParserError.
    def self.parse(text)
      rest = text.gsub(STRING) do
        raise JSON::ParserError, "a string does not end, or holds what it may not" unless $1

        " "
      end
      odd = rest.scan(/[^\s{}\[\],:]+/).find { |word| !word.match?(WORD) }
      raise JSON::ParserError, "unexpected #{odd[0, 20].inspect}" if odd

      JSON.parse(mend_half_pairs(text), max_nesting: MAX_DEPTH)
    end
  end
end
