# frozen_string_literal: true

require "openssl"

module Malote
  # Judges the bytes and headers of one request. Holds no state, raises nothing.
  class Verifier
    # tolerance: seconds, both ways, the edge included; nil: times are not judged.
    def initialize(profile, tolerance: 300, enforce_unsigned_timestamp: false, max_signatures: 16)
      @profile = profile
      @tolerance = tolerance
      @signed = profile.signed.map(&:b)
      @judges_time = profile.timestamp_signed? || enforce_unsigned_timestamp
      needs_time = profile.timestamp_required? || enforce_unsigned_timestamp
      @wanted = [[profile.signature_header, true], [profile.timestamp_header, needs_time],
                 [profile.id_header, profile.id_required?]].select(&:first)
      @max_signatures = max_signatures
    end

    # secrets: Secret objects; now: Unix seconds. Returns a Verified or a Refusal.
    def verify(headers, body, secrets, now)
      return refuse(:no_secret, "", "no secret is set") if secrets.empty?

      fault = find_fault(headers)
      return fault if fault

      value = headers.first(@profile.signature_header)
      given = SignatureHeader.read(@profile, value, @max_signatures)
      given.is_a?(Refusal) ? given : judge(given, headers, body, secrets, now)
    end

    # What a signature of this scheme covers
    def signed_text(id, sent_at, body)
      return body if @signed.size == 1

      parts = @signed.map do |part|
        case part
        when "id" then id
        when "ts" then sent_at
        when "body" then body
        else part
        end
      end
      parts.join
    end

    private

    def find_fault(headers)
      missing = nil
      @wanted.each do |name, is_required|
        values = headers.all(name)
        return refuse(:malformed_header, name, "#{name} came more than once") if values.size > 1

        missing ||= name if is_required && (values.empty? || values.first.empty?)
      end
      missing && refuse(:missing_header, missing, "#{missing} is missing or empty")
    end

    def judge(given, headers, body, secrets, now)
      profile = @profile
      sent_at = profile.timestamp_header ? headers.first(profile.timestamp_header) : given.sent_at
      time = Timestamp.parse(sent_at, profile.timestamp_format) if @judges_time
      if @judges_time && !time
        return refuse_time(:malformed_header, "the timestamp is not #{profile.timestamp_format}")
      end

      id = profile.id_header ? headers.first(profile.id_header) : ""
      matched = find_secret(signed_text(id, sent_at, body), given.macs, secrets)
      unless matched
        hint = "no signature is right: another secret, or a body that is not the bytes sent"
        return refuse(:no_matching_signature, profile.signature_header, hint)
      end
      judge_time(time, now) || make_verified(matched, time, id)
    end

    def make_verified(matched, time, id)
      is_signed = @profile.timestamp_signed?
      Verified.new(matched, is_signed ? time : nil, Malote.utf8(id), @profile.id_signed?,
                   is_signed && !@tolerance.nil?)
    end

    # The index of the first secret that made one of the signatures
    def find_secret(text, macs, secrets)
      secrets.index do |secret|
        expected = secret.mac(text)
        macs.any? { |mac| OpenSSL.fixed_length_secure_compare(expected, mac) }
      end
    end

    def judge_time(time, now)
      return unless time && @tolerance

      age = now - time
      return refuse_time(:timestamp_too_old, "the timestamp is #{age} s old") if age > @tolerance

      refuse_time(:timestamp_too_new, "the timestamp's age is #{age} s") if -age > @tolerance
    end

    def refuse_time(code, hint)
      refuse(code, @profile.timestamp_header || @profile.signature_header, hint)
    end

    def refuse(code, header, hint)
      Refusal.new(code, header, hint)
    end
  end
end
