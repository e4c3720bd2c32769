# frozen_string_literal: true

# Receives signed webhooks: verifies the bytes, judges the time, parses, claims, dispatches.
#
#   run Malote::App.new(secret: ENV["MALOTE_WEBHOOK_SECRET"]) {
#     on("order.created") { |event| ship(event.data) }
#   }
#
# App is the Rack application, Receiver the same without Rack. Only building one raises
# (ConfigError); no request can make it raise. Both may be used by many threads at once.
module Malote
end

%w[
  catalogue values system_clock headers secret profile timestamp signature_header verifier
  strict_json event_reader memory_store file_store handlers observers gate response processor
  receiver app signer explainer typed_event events
].each { |name| require_relative "receiver/#{name}" }
