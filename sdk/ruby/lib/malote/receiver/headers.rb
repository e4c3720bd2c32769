# frozen_string_literal: true

module Malote
  # Request headers: names have no case, values are trimmed bytes, copies are kept.
  class Headers
    # Of a hash of name => value(s), or of [name, value] pairs
    def self.of(headers)
      return headers if headers.is_a?(Headers)

      headers.each_with_object(new) do |(name, values), made|
        if values.is_a?(Array)
          values.each { |value| made.add(name, value) }
        else
          made.add(name, values)
        end
      end
    end

    # Where Puma and others joined two signature lists
    JOINT = /, *(?=v[0-9]+,)/n

    # Of a Rack environment, which holds one value per name: copies are joined by commas.
    def self.of_rack(env)
      env.each_with_object(new) do |(name, value), made|
        if name.start_with?("HTTP_")
          name = name.delete_prefix("HTTP_").tr("_", "-")
          value.to_s.b.split(JOINT, -1).each { |copy| made.add(name, copy) }
        elsif %w[CONTENT_TYPE CONTENT_LENGTH].include?(name) && !value.to_s.empty?
          made.add(name.tr("_", "-"), value)
        end
      end
    end

    def initialize
      @values = {}
    end

    def add(name, value)
      (@values[name.to_s.downcase] ||= []) << Headers.trim(value.to_s.b)
    end

    def all(name)
      @values[name] || @values[name.downcase] || []
    end

    # The first value, or ""
    def first(name)
      all(name).first || ""
    end

    # The value if the header came exactly once, else ""
    def single(name)
      values = all(name)
      values.size == 1 ? values.first : ""
    end

    # Without spaces and tabs at the ends. A pattern for both takes square time on many spaces.
    def self.trim(bytes)
      return bytes unless bytes.start_with?(" ", "\t") || bytes.end_with?(" ", "\t")

      first = bytes.index(/[^ \t]/n)
      first ? bytes[first..bytes.rindex(/[^ \t]/n)] : "".b
    end
  end
end
