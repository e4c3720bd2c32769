# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "malote-receiver"
  spec.version = "0.1.0"
  spec.summary = "Receives signed commerce webhooks: verifies, deduplicates, dispatches."
  spec.description = "A Rack application for webhooks of Malote, Standard Webhooks, Stripe, " \
                     "GitHub, Shopify and others, on Ruby's own libraries."
  spec.authors = ["Malote maintainers"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 3.0"
  spec.files = Dir["lib/**/*.rb", "README.md"]
end
