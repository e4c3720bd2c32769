-- Sessions, the tool calls made in them, loops and the journals of their runs. JSON in TEXT columns.
CREATE TABLE sessions (
  no            INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  project       INTEGER NOT NULL,
  user_id       TEXT NOT NULL,
  servers       TEXT NOT NULL,
  metadata      TEXT NOT NULL,
  mocks         TEXT NOT NULL,
  mock_counters TEXT NOT NULL,
  status        INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  closed_at     INTEGER NOT NULL,
  last_used_at  INTEGER NOT NULL,
  tool_calls    INTEGER NOT NULL
);
CREATE INDEX sessions_by_project ON sessions (project, no);
CREATE INDEX sessions_by_use ON sessions (last_used_at);

CREATE TABLE tool_calls (
  no              INTEGER PRIMARY KEY AUTOINCREMENT,
  project         INTEGER NOT NULL,
  session         INTEGER NOT NULL,
  session_id      TEXT NOT NULL,
  server_id       TEXT NOT NULL,
  tool            TEXT NOT NULL,
  status          INTEGER NOT NULL,
  duration_ms     INTEGER NOT NULL,
  error_code      TEXT,
  input           TEXT NOT NULL,
  output          TEXT,
  result          TEXT,
  routing         TEXT,
  idempotency_key TEXT,
  dedupe_key      TEXT,
  fingerprint     BLOB,
  called_at       INTEGER NOT NULL
);
CREATE INDEX tool_calls_by_session ON tool_calls (session, no);
CREATE INDEX tool_calls_by_project ON tool_calls (project, no);
CREATE UNIQUE INDEX tool_calls_dedupe ON tool_calls (project, dedupe_key)
  WHERE dedupe_key IS NOT NULL;

CREATE TABLE loops (
  no            INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: its runs remain
  id            TEXT NOT NULL UNIQUE,
  project       INTEGER NOT NULL,
  name          TEXT NOT NULL,
  version       INTEGER NOT NULL,
  enabled       INTEGER NOT NULL,
  deleted       INTEGER NOT NULL,
  events        TEXT NOT NULL,
  server_id     TEXT NOT NULL,
  condition     TEXT NOT NULL,
  max_in_flight INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
);
CREATE UNIQUE INDEX loops_by_name ON loops (project, name) WHERE deleted = 0;
CREATE INDEX loops_by_project ON loops (project, no);

-- Every version that ever was: a running run stays on its own.
CREATE TABLE loop_versions (
  loop       INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  definition TEXT NOT NULL,
  PRIMARY KEY (loop, version)
) WITHOUT ROWID;

CREATE TABLE runs (
  key         INTEGER PRIMARY KEY,
  loop        INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  project     INTEGER NOT NULL,
  event       INTEGER NOT NULL,
  payload     TEXT,
  state       INTEGER NOT NULL,
  origin      INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  error       TEXT,
  failed_step TEXT
);
CREATE INDEX runs_by_loop ON runs (loop, key);
CREATE INDEX runs_by_event ON runs (event) WHERE event > 0;

CREATE TABLE run_steps (
  run         INTEGER NOT NULL,
  position    INTEGER NOT NULL,
  generation  INTEGER NOT NULL,
  name        TEXT NOT NULL,
  tool        TEXT NOT NULL,
  state       INTEGER NOT NULL,
  unknown     INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  params      TEXT, -- these two last: they may be long, and what stands before them is read without
  result      TEXT,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
