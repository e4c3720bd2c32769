# frozen_string_literal: true

module Malote
  # A Receiver as a Rack application, for Rack 2 and 3. Mount it before anything that parses bodies.
  class App < Receiver
    def call(env)
      headers = Headers.of_rack(env)
      response = handle(env["REQUEST_METHOD"], headers) { |limit| read_input(env, limit) }
      [response.status, response.headers, [response.body]]
    end

    private

    def read_input(env, limit)
      body = String.new(encoding: Encoding::BINARY)
      while body.bytesize < limit
        chunk = env["rack.input"]&.read(limit - body.bytesize)
        break if chunk.nil? || chunk.empty?

        body << chunk
      end
      raise consumed if body.empty? && env["CONTENT_LENGTH"].to_i.positive?

      body
    rescue IOError
      raise consumed
    end

    def consumed
      ConfigError.new(:body_consumed, "the body was read before it came to the receiver: " \
                                      "mount it before middleware that parses bodies")
    end
  end
end
