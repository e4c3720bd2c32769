-- The gateway's tables. Times are milliseconds since 1970 UTC, 0 for "never". Keys of events,
-- receipts and deliveries are time-sortable (base/ids.h), so every insert appends.

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE projects (
  no         INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  slug       TEXT NOT NULL UNIQUE,
  is_default INTEGER NOT NULL,
  livemode   INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE api_keys (
  no           INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  project      INTEGER NOT NULL REFERENCES projects,
  name         TEXT NOT NULL,
  prefix       TEXT NOT NULL,
  hash         BLOB NOT NULL UNIQUE,   -- SHA-256 of the key: 41 random characters need no salt
  livemode     INTEGER NOT NULL,
  scopes       TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  revoked_at   INTEGER NOT NULL
);

CREATE TABLE triggers (
  no               INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: old deliveries may remain
  id               TEXT NOT NULL UNIQUE,
  project          INTEGER NOT NULL,
  name             TEXT NOT NULL,
  events           TEXT NOT NULL,      -- JSON list
  server_id        TEXT NOT NULL,
  url              TEXT NOT NULL,
  status           INTEGER NOT NULL,
  paused_reason    TEXT NOT NULL,
  sealed_headers   BLOB NOT NULL,
  timeout_ms       INTEGER NOT NULL,
  gaps             TEXT NOT NULL,      -- JSON list of milliseconds
  jitter_permille  INTEGER NOT NULL,
  max_in_flight    INTEGER NOT NULL,
  rate_limit_per_s INTEGER NOT NULL,
  format           INTEGER NOT NULL,
  signature        INTEGER NOT NULL,
  sealed_secret    BLOB NOT NULL,
  created_at       INTEGER NOT NULL,
  total_runs       INTEGER NOT NULL DEFAULT 0,
  last_run_at      INTEGER NOT NULL DEFAULT 0,
  streak           INTEGER NOT NULL DEFAULT 0,
  streak_epoch     INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX triggers_by_project ON triggers (project, no);

CREATE TABLE connections (
  no                     INTEGER PRIMARY KEY AUTOINCREMENT,
  id                     TEXT NOT NULL UNIQUE,
  project                INTEGER NOT NULL,
  server_id              TEXT NOT NULL,
  user_id                TEXT NOT NULL,
  display_name           TEXT NOT NULL,
  status                 INTEGER NOT NULL,
  metadata               TEXT NOT NULL,
  sealed_credentials     BLOB NOT NULL,
  sealed_webhook_secret  BLOB NOT NULL,
  sealed_previous_secret BLOB NOT NULL,
  previous_until         INTEGER NOT NULL,
  created_at             INTEGER NOT NULL,
  connected_at           INTEGER NOT NULL,
  revoked_at             INTEGER NOT NULL
);
CREATE INDEX connections_by_project ON connections (project, no);

CREATE TABLE receipts (
  key         INTEGER PRIMARY KEY,
  project     INTEGER NOT NULL,
  connection  INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  note        TEXT NOT NULL,
  head        TEXT NOT NULL,
  body        BLOB NOT NULL
);

CREATE TABLE events (
  key                INTEGER PRIMARY KEY,
  project            INTEGER NOT NULL,
  type               TEXT NOT NULL,
  source             TEXT NOT NULL,
  connection         INTEGER NOT NULL,
  receipt            INTEGER NOT NULL,
  occurred_at        INTEGER NOT NULL,
  received_at        INTEGER NOT NULL,
  flags              INTEGER NOT NULL,   -- 1: livemode, 2: unsigned_body
  external_reference TEXT,
  dedupe_key         TEXT,
  data               BLOB NOT NULL
);
-- The scope is the connection, or the project (negative) for published events.
CREATE UNIQUE INDEX events_dedupe
  ON events (CASE connection WHEN 0 THEN -project ELSE connection END, dedupe_key)
  WHERE dedupe_key IS NOT NULL;
CREATE INDEX events_by_reference ON events (external_reference, key)
  WHERE external_reference IS NOT NULL;

CREATE TABLE deliveries (
  key          INTEGER PRIMARY KEY,      -- the first ones of an event directly follow its key
  event        INTEGER NOT NULL,
  trigger      INTEGER NOT NULL,
  project      INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  origin       INTEGER NOT NULL,
  body         INTEGER NOT NULL,         -- version * 16 + format
  attempts     INTEGER NOT NULL,
  status       INTEGER NOT NULL,
  error        TEXT,
  due_at       INTEGER NOT NULL,
  finished_at  INTEGER NOT NULL,
  receipt_ack  INTEGER NOT NULL,
  streak_epoch INTEGER NOT NULL
);
CREATE INDEX deliveries_by_trigger ON deliveries (trigger, key);
CREATE INDEX deliveries_again ON deliveries (event, key) WHERE origin >= 2;
CREATE INDEX deliveries_failed ON deliveries (key) WHERE state = 1;
CREATE INDEX deliveries_dead ON deliveries (trigger, finished_at, key) WHERE state = 3;

CREATE TABLE attempts (
  delivery      INTEGER NOT NULL,
  number        INTEGER NOT NULL,
  started_at    INTEGER NOT NULL,
  duration_ms   INTEGER NOT NULL,
  status        INTEGER NOT NULL,
  error         TEXT,
  response_body BLOB,
  PRIMARY KEY (delivery, number)
) WITHOUT ROWID;

-- What is owed: one row per unfinished delivery (key of deliveries) or fetch (key of receipts).
-- A claim reads one lane's first entries; its cost does not depend on how many rows there are.
CREATE TABLE queue (
  key    INTEGER PRIMARY KEY,
  lane   INTEGER NOT NULL,
  due_at INTEGER NOT NULL
);
CREATE INDEX queue_by_lane ON queue (lane, due_at);

CREATE TABLE fetches (
  receipt    INTEGER PRIMARY KEY,
  connection INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  error      TEXT NOT NULL
);

CREATE TABLE answers (
  project     INTEGER NOT NULL,
  key         TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  status      INTEGER NOT NULL,
  body        BLOB NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (project, key)
) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (created_at);

-- Triggers that are gone and whose rows are still to be cleared.
CREATE TABLE graves (
  trigger INTEGER PRIMARY KEY
);
