# frozen_string_literal: true

module Malote
  # A signature scheme as data: who signs what, how it is written, where an event's facts are.
  class Profile
    MEMBERS = %w[algorithm encoding secret_encoding signature_header header_format prefix
                 lenient_prefix signed timestamp id event_id type occurred_at data].freeze
    FORMATS = %w[bare v1-space-list t-v1-comma t-v1-space].freeze

    attr_reader :name, :encoding, :secret_encoding, :signature_header, :header_format, :prefix,
                :lenient_prefix, :signed, :timestamp_header, :timestamp_format, :id_header, :sources

    def self.of(scheme)
      return scheme if scheme.is_a?(Profile)
      return new(scheme) if scheme.is_a?(Hash)

      definition = PROFILES.fetch(scheme.to_s) do
        names = PROFILES.keys.join(", ")
        raise ConfigError.new(:bad_profile, "there is no scheme #{scheme}; there are #{names}")
      end
      new(definition, scheme.to_s)
    end

    # definition: the members of a profile, with strings as keys, as in profiles.json
    def initialize(definition, name = "custom")
      @definition = definition
      @name = name
      only_members(definition, MEMBERS)
      one_of(definition, "algorithm", %w[hmac-sha256])
      @encoding = one_of(definition, "encoding", %w[hex base64])
      @secret_encoding = one_of(definition, "secret_encoding", %w[utf8 whsec-base64 hex])
      @signature_header = text(definition, "signature_header")
      @header_format = one_of(definition, "header_format", FORMATS)
      @prefix = definition["prefix"] ? text(definition, "prefix") : ""
      @lenient_prefix = definition["lenient_prefix"] ? text(definition, "lenient_prefix") : ""
      @signed = texts(definition, "signed")
      bad('must have "body" in signed: nothing else proves it') unless signed.include?("body")
      read_timestamp(definition["timestamp"])
      read_id(definition["id"])
      @sources = %w[event_id type occurred_at data].to_h { |member| [member, read_sources(member)] }
    end

    # The same scheme with other members
    def with(changes)
      Profile.new(@definition.merge(changes), name)
    end

    def timestamp?
      @has_timestamp
    end

    def timestamp_required?
      @timestamp_required
    end

    def timestamp_signed?
      signed.include?("ts")
    end

    def id_required?
      @id_required
    end

    def id_signed?
      signed.include?("id")
    end

    private

    def read_timestamp(timestamp)
      @has_timestamp = !timestamp.nil?
      timestamp ||= {}
      only_members(timestamp, %w[header in_signature format required signed], "timestamp.")
      in_signature = flag(timestamp, "in_signature")
      if in_signature != header_format.start_with?("t-v1-")
        bad("must say timestamp.in_signature if, and only if, the format is t-v1")
      end
      if timestamp_signed? != flag(timestamp, "signed")
        bad('must say timestamp.signed if, and only if, signed has "ts"')
      end
      @timestamp_header = text(timestamp, "header") if timestamp? && !in_signature
      @timestamp_format = timestamp? ? one_of(timestamp, "format", %w[unix rfc3339]) : "unix"
      @timestamp_required = timestamp_signed? || flag(timestamp, "required")
    end

    def read_id(id)
      bad('has "id" in signed, but no id header') if id.nil? && id_signed?
      return if id.nil?

      only_members(id, %w[header required], "id.")
      @id_header = text(id, "header")
      @id_required = id_signed? || flag(id, "required")
    end

    def read_sources(member)
      texts(@definition, member).each do |source|
        next if source.match?(%r{\A(?:body:(?:/|\z)|header:.)})

        bad("has #{source.inspect} in #{member}; write body:/pointer or header:Name")
      end
    end

    def only_members(from, known, path = "")
      bad("must have objects where objects belong") unless from.is_a?(Hash)
      unknown = from.keys - known
      bad("does not know the member #{path}#{unknown.first}") unless unknown.empty?
    end

    def text(from, member)
      value = from[member]
      value.is_a?(String) && !value.empty? ? value : bad("must have a text as #{member}")
    end

    def texts(from, member)
      value = from[member]
      is_list = value.is_a?(Array) && value.all?(String)
      is_list ? value : bad("must have a list of texts as #{member}")
    end

    def flag(from, member)
      value = from.fetch(member, false)
      [true, false].include?(value) ? value : bad("must have true or false as #{member}")
    end

    def one_of(from, member, words)
      value = from[member]
      return value if words.include?(value)

      bad("must have one of these as #{member}: #{words.join(', ')}")
    end

    def bad(what)
      raise ConfigError.new(:bad_profile, "the profile #{what}")
    end
  end
end
