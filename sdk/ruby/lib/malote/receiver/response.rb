# frozen_string_literal: true

require "json"

module Malote
  # An answer, free of any framework. Names of headers are in lower case, as Rack 3 wants them.
  class Response
    RETRY_SECONDS = 5

    REFUSED = {
      no_secret: [500, "not_configured"],
      invalid_payload: [400, "unreadable_payload"],
      method_not_allowed: [405, "method_not_allowed"],
      gone: [410, "gone"],
      body_too_large: [413, "body_too_large"],
      unsupported_media_type: [415, "unsupported_media_type"],
      unsupported_content_encoding: [415, "unsupported_media_type"]
    }.freeze

    attr_reader :status, :headers, :body

    def self.received
      new(200, { received: true })
    end

    def self.duplicate
      new(200, { received: true, duplicate: true })
    end

    def self.refused(code)
      status, error = REFUSED.fetch(code, [401, "unauthorized"])
      new(status, { error: error }, status == 405 ? { "allow" => "POST" } : {})
    end

    def self.not_configured
      new(500, { error: "not_configured" })
    end

    def self.handler_failed
      new(500, { error: "handler_failed" })
    end

    # after: seconds
    def self.try_again(after = RETRY_SECONDS)
      new(503, { error: "try_again" }, { "retry-after" => [after.to_f.ceil, 0].max.to_s })
    end

    def initialize(status, answer, headers = {})
      @status = status
      @headers = { "content-type" => "application/json" }.merge(headers)
      @body = JSON.generate(answer)
    end
    private_class_method :new
  end
end
