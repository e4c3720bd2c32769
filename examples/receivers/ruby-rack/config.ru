# frozen_string_literal: true

# with RubyGems: require "malote/receiver"
require_relative "../../../sdk/ruby/lib/malote/receiver"

# Your business logic goes here; this writes down what came.
record = lambda do |event|
  file = ENV["EFFECTS_FILE"]
  File.write(file, "#{event.id} #{event.type}\n", mode: "a") if file
end

state = ENV["STATE_DIR"]
receiver = Malote::App.new(
  secret: ENV["MALOTE_WEBHOOK_SECRET"],
  store: state ? Malote::FileStore.new("#{state}/malote-receiver") : Malote::MemoryStore.new
) do
  on("order.created", &record)
  on_prefix("", &record) # and all other types
end

run receiver
