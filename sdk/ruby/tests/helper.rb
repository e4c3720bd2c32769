# frozen_string_literal: true

$LOAD_PATH.unshift(File.join(__dir__, "../lib"))
require "minitest/autorun"
require "malote/receiver"

# Requests as a sender makes them.
module Sender
  NOW = 1_776_868_200
  WHSEC = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
  ORDER = '{"id":"evt_1","type":"order.created","data":{"id":"ord_1","amount":15000}}'

  # A receiver whose clock stands still, and which runs handlers in place
  def receiver(kind = Malote::Receiver, **options, &setup)
    defaults = { clock: -> { NOW }, budget: nil }
    defaults[:secret] = WHSEC unless options[:secret_lookup]
    kind.new(**defaults, **options, &setup).on_error { nil }
  end

  # A right request; headers replace the sender's, nil takes one away
  def signed(receiver, body = ORDER, headers = {}, id = "msg_1")
    receiver.sign(id, NOW, body).merge(headers).compact
  end

  def deliver(receiver, body = ORDER, headers = {}, id = "msg_1")
    receiver.handle("POST", signed(receiver, body, headers, id), body)
  end

  def code(verdict)
    verdict.is_a?(Malote::Verified) ? :ok : verdict.code
  end

  # What the receiver refuses a delivery for, and what it answers
  def refusal(receiver, body = ORDER, headers = {})
    code = :none
    receiver.on_refused { |refusal| code = refusal.code }
    [deliver(receiver, body, headers).status, code]
  end

  def assert_kind(kind, about = nil, &work)
    assert_equal kind, assert_raises(Malote::ConfigError, about, &work).kind, about
  end
end
