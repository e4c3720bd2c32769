# frozen_string_literal: true

module Malote
  # The signatures that a header's value holds, decoded, and the time among them.
  class SignatureHeader
    MACS = {
      "hex" => /\A[0-9a-fA-F]{64}\z/n,
      "base64" => %r{\A[A-Za-z0-9+/]{43}=\z}n
    }.freeze

    # 32 bytes each, at least one
    attr_reader :macs
    attr_reader :sent_at

    # Returns one, or a Refusal.
    def self.read(profile, value, most)
      case profile.header_format
      when "bare" then read_bare(profile, value)
      when "v1-space-list" then read_versions(profile, value, most)
      when "t-v1-comma" then read_members(profile, value.split(","), most)
      else read_members(profile, value.split(/ +/n), most)
      end
    end

    def self.read_bare(profile, value)
      prefix = profile.prefix
      return malformed(profile, "does not begin with #{prefix}") unless value.start_with?(prefix)

      prefix = profile.lenient_prefix if prefix.empty?
      decode(profile, [value.delete_prefix(prefix)], false, "")
    end

    # "v1,VALUE v1,VALUE v2,..."
    def self.read_versions(profile, value, most)
      entries = value.include?(" ") ? value.split(/ +/n, most + 1) : [value]
      return malformed(profile, "has more than #{most} entries") if entries.size > most

      known, others = entries.partition { |entry| entry.start_with?("v1,") }
      has_unknown = others.any? { |entry| entry.include?(",") }
      decode(profile, known.map { |entry| entry[3..] }, has_unknown, "")
    end

    # "t=TIME" once, "v1=VALUE" any number of times
    def self.read_members(profile, members, most)
      members = members.map { |member| Headers.trim(member) }.reject(&:empty?)
      times, others = members.partition { |member| member.start_with?("t=") }
      return malformed(profile, "has more than #{most} entries") if others.size > most
      return malformed(profile, "must have t= exactly once") if times.size != 1

      known, others = others.partition { |member| member.start_with?("v1=") }
      has_unknown = others.any? { |member| member.match?(/\Av[0-9]+=/n) }
      decode(profile, known.map { |member| member[3..] }, has_unknown, times.first[2..])
    end

    def self.decode(profile, known, has_unknown, sent_at)
      macs = known.grep(MACS[profile.encoding]).map do |text|
        profile.encoding == "hex" ? [text].pack("H*") : text.unpack1("m")
      end
      return new(macs, sent_at) if macs.any?

      if known.empty? && has_unknown
        hint = "the header has signatures of other versions only"
        return Refusal.new(:no_matching_signature, profile.signature_header, hint)
      end
      malformed(profile, "has no signature of 32 bytes in #{profile.encoding}")
    end

    def self.malformed(profile, what)
      name = profile.signature_header
      Refusal.new(:malformed_header, name, "#{name} #{what}")
    end
    private_class_method :read_bare, :read_versions, :read_members, :decode, :malformed

    def initialize(macs, sent_at)
      @macs = macs
      @sent_at = sent_at
    end
  end
end
