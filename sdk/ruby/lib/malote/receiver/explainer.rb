# frozen_string_literal: true

module Malote
  # Finds the mistake that would explain a wrong signature, by trying each.
  class Explainer
    def initialize(profile, now)
      @profile = profile
      @now = now
    end

    def explain(headers, body, secret)
      verdict = try_one(@profile, headers, body, secret)
      return "The signature is right.#{clock_note(@profile, headers)}" if verdict.is_a?(Verified)

      changes = profiles.to_a.product(secrets(secret).to_a, bodies(body).to_a)
      changes.each do |(note, profile), (secret_note, changed_secret), (body_note, changed_body)|
        next unless try_one(profile, headers, changed_body, changed_secret).is_a?(Verified)

        notes = [note, secret_note, body_note].reject(&:empty?).join(", and ")
        return "The signature would be right with #{notes}.#{clock_note(profile, headers)}"
      end
      reason = verdict.is_a?(Refusal) ? "#{verdict.code}: #{verdict.hint}" : verdict
      "No usual mistake explains it (#{reason}). Most likely the secret is another one."
    end

    private

    def try_one(profile, headers, body, secret)
      key = Secret.read(secret, profile.secret_encoding)
      Verifier.new(profile, tolerance: nil).verify(headers, body, [key], 0)
    rescue ConfigError => error
      error.message
    end

    # Profiles by what was changed; "" for nothing
    def profiles
      others = PROFILES.keys - [@profile.name]
      bases = { "" => @profile }
      others.each { |name| bases["the scheme #{name}"] = Profile.of(name) }
      bases.each_with_object({}) do |(note, profile), all|
        all[note] = profile
        changes(profile).each do |change, members|
          all[[note, change].reject(&:empty?).join(", and ")] = profile.with(members)
        end
      end
    end

    def changes(profile)
      encoding = profile.encoding == "hex" ? "base64" : "hex"
      changes = { "the signature in #{encoding}" => { "encoding" => encoding } }
      (%w[utf8 whsec-base64 hex] - [profile.secret_encoding]).each do |reading|
        changes["the secret read as #{reading}"] = { "secret_encoding" => reading }
      end
      is_bare = profile.header_format == "bare" && profile.prefix.empty?
      changes["the prefix sha256="] = { "prefix" => "sha256=" } if is_bare
      changes
    end

    def secrets(secret)
      { "" => secret,
        "the white space around the secret removed" => secret.strip,
        'the "v1," before the secret removed' => secret.delete_prefix("v1,") }
    end

    def bodies(body)
      { "" => body,
        "a newline after the body" => "#{body}\n".b,
        "the newline at the end of the body removed" => body.sub(/[\r\n]+\z/n, "") }
    end

    def clock_note(profile, headers)
      return "" unless profile.timestamp?

      text = headers.first(profile.timestamp_header || profile.signature_header)
      text = text[/(?:\A|[ ,])t=(\d+)/n, 1].to_s unless profile.timestamp_header
      time = Timestamp.parse(text, profile.timestamp_format)
      return "" unless time

      age = @now - time
      " Its time is #{age.abs} s #{age.negative? ? 'after' : 'before'} your clock's."
    end
  end
end
