# frozen_string_literal: true

module Malote
  # The receiver cannot work as it is set up. `kind` is one of no_secret, bad_secret, bad_profile,
  # bad_option, duplicate_handler, body_consumed; the message says what to do and holds no secret.
  class ConfigError < StandardError
    attr_reader :kind

    def initialize(kind, message)
      @kind = kind
      super("#{kind}: #{message}")
    end
  end

  # Why a request was refused: a code (a symbol), the header it is about, a hint. For your log;
  # nothing of it is answered.
  Refusal = Struct.new(:code, :header, :hint)

  # What the signature proved. matched_secret: 0 is `secret`; signed_at: Unix seconds, or nil;
  # id_signed: whether the signature covers message_id; replay_protected: a signed time was judged.
  Verified = Struct.new(:matched_secret, :signed_at, :message_id, :id_signed, :replay_protected)

  # What is known of a request before its signature is checked. Nothing in here is proven.
  Hints = Struct.new(:headers, :body)

  # What a handler may want to know besides the event. deadline is in Unix seconds, or nil.
  Context = Struct.new(:verified, :known, :deadline)

  # What a handler may return; anything else, and nil, is done.
  Outcome = Struct.new(:kind, :after, :reason)

  # One event, proven and parsed. `event["member"]` reads the payload.
  #
  # type: as the sender wrote it; canonical: the catalogue's name, or nil; id: empty if the sender
  # gives none; key: what copies are told by, of signed material only; delivery_id: the id header,
  # signed or not; occurred_at: text, or nil; data; payload: the whole object; raw: the bytes.
  Event = Struct.new(:type, :canonical, :id, :key, :delivery_id, :occurred_at, :data, :payload,
                     :raw, keyword_init: true) do
    def [](member)
      payload[member]
    end
  end

  # Not now: the sender is told to come back, after so many seconds.
  def self.retry(after: 5)
    Outcome.new(:retry, after, nil)
  end

  # Never: taken from the sender, and given to on_parked.
  def self.park(reason)
    Outcome.new(:park, nil, reason)
  end

  # Bytes as text; no check that they are
  def self.utf8(bytes)
    bytes.dup.force_encoding(Encoding::UTF_8)
  end
end
