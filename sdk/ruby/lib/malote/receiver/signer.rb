# frozen_string_literal: true

module Malote
  # Writes what a sender of the scheme would send; for tests.
  module Signer
    def self.sign(profile, secret, id, time, body)
      sent_at = Timestamp.format(time, profile.timestamp_format)
      mac = secret.mac(Verifier.new(profile).signed_text(id.b, sent_at, body))
      text = profile.encoding == "hex" ? mac.unpack1("H*") : [mac].pack("m0")
      headers = { "content-type" => "application/json" }
      headers[profile.signature_header] = write(profile, text, sent_at)
      headers[profile.timestamp_header] = sent_at if profile.timestamp_header
      headers[profile.id_header] = id if profile.id_header
      headers
    end

    def self.write(profile, text, sent_at)
      case profile.header_format
      when "bare" then "#{profile.prefix}#{text}"
      when "v1-space-list" then "v1,#{text}"
      when "t-v1-comma" then "t=#{sent_at},v1=#{text}"
      else "t=#{sent_at} v1=#{text}"
      end
    end
    private_class_method :write
  end
end
