# frozen_string_literal: true

module Malote
  # What is refused for its head alone, before a byte of the body is read or hashed.
  module Gate
    JSON_TYPE = %r{\Aapplication/(?:json|[!\#$%&'*+.^_`|~0-9a-z-]+\+json)\z}n.freeze

    # A Refusal, or nil
    def self.find_fault(method, headers, max_body)
      return Refusal.new(:method_not_allowed, "", "webhooks are sent with POST") if method != "POST"

      if (headers.all("content-encoding").map(&:downcase) - ["", "identity"]).any?
        hint = "a body must not be compressed"
        return Refusal.new(:unsupported_content_encoding, "content-encoding", hint)
      end
      unless Headers.trim(headers.single("content-type")[/\A[^;]*/n]).downcase.match?(JSON_TYPE)
        hint = "the content type must be application/json"
        return Refusal.new(:unsupported_media_type, "content-type", hint)
      end
      length = headers.first("content-length")
      too_large(max_body) if length.match?(/\A[0-9]+\z/n) && length.to_i > max_body
    end

    def self.too_large(max_body)
      Refusal.new(:body_too_large, "", "the body is more than #{max_body} bytes")
    end
  end
end
