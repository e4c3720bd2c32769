# frozen_string_literal: true

# What verifying 1 KiB costs, against the bare HMAC of the same bytes.

$LOAD_PATH.unshift(File.join(__dir__, "../lib"))
require "malote/receiver"
require "securerandom"

ROUNDS = 15
LOOPS = 20_000

# The best of some rounds, in nanoseconds per call: what disturbs a machine only ever adds.
def measure
  (1..ROUNDS).map do
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    LOOPS.times { yield }
    (Process.clock_gettime(Process::CLOCK_MONOTONIC) - started) * 1e9 / LOOPS
  end.min
end

now = 1_776_868_200
body = %({"id":"evt_1","type":"order.created","data":").ljust(1022, "x") + '"}'
key = SecureRandom.bytes(32)
bare = measure { OpenSSL::HMAC.digest("SHA256", key, body) }
puts format("%-16s %6.0f ns", "OpenSSL::HMAC", bare)
%w[standard codespar stripe whatalo].each do |scheme|
  secret = scheme == "standard" ? "whsec_#{[key].pack('m0')}" : key.unpack1("H*")
  receiver = Malote::Receiver.new(scheme: scheme, secret: secret, clock: -> { now })
  headers = receiver.sign("msg_1", now, body).merge("host" => "example.com", "accept" => "*/*")
  abort "verify of #{scheme} failed" unless receiver.verify(headers, body).is_a?(Malote::Verified)
  cost = measure { receiver.verify(headers, body) }
  puts format("%-16s %6.0f ns  %.2f times the bare HMAC", scheme, cost, cost / bare)
end
