# frozen_string_literal: true

require "openssl"

module Malote
  # The key of a signature. Shows itself in no dump.
  class Secret
    HEX = /\A(?:[0-9a-fA-F]{2})+\z/n.freeze
    BASE64 = %r{\A(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\z}n.freeze

    # encoding is a profile's secret_encoding; the look of the text decides nothing.
    def self.read(text, encoding)
      text = text.to_s.b
      raise ConfigError.new(:no_secret, "a secret is empty; is its variable set?") if text.empty?

      key = decode(text, encoding)
      unless key
        raise ConfigError.new(:bad_secret, "a secret is not valid #{encoding}: look for white " \
                                           "space around it, or a secret of another scheme")
      end
      raise ConfigError.new(:no_secret, "a secret holds no bytes") if key.empty?

      new(key)
    end

    def self.decode(text, encoding)
      case encoding
      when "utf8" then text
      when "hex" then text.match?(HEX) ? [text].pack("H*") : nil
      else
        if text.start_with?("v1,whsec_")
          raise ConfigError.new(:bad_secret, 'drop the "v1," before "whsec_"')
        end

        text = text.delete_prefix("whsec_")
        text.match?(BASE64) ? text.unpack1("m") : nil
      end
    end
    private_class_method :decode

    def initialize(key)
      @keyed = OpenSSL::HMAC.new(key, "SHA256")
    end

    # HMAC-SHA256, 32 bytes. A copy of what is keyed already takes half the time of a new one.
    def mac(message)
      (@keyed.dup << message).digest
    end

    def inspect
      "#<Malote::Secret [redacted]>"
    end
    alias to_s inspect

    def marshal_dump
      raise TypeError, "a secret is not serialised"
    end
  end
end
