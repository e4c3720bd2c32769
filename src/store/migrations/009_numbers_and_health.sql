-- What happened in each minute (span 0) and hour (span 1) of a project; written with the rows that
-- it counts. `what` is Counted of ports/stats_store.h, or a latency's slot from there on.
CREATE TABLE counts (
  project INTEGER NOT NULL,
  span    INTEGER NOT NULL,
  at      INTEGER NOT NULL,   -- when the minute or hour began
  what    INTEGER NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (project, span, at, what)
) WITHOUT ROWID;

-- How a trigger does, and the secret that it had before, while both sign.
ALTER TABLE triggers ADD COLUMN last_failure_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE triggers ADD COLUMN last_error TEXT NOT NULL DEFAULT '';
ALTER TABLE triggers ADD COLUMN sealed_previous BLOB NOT NULL DEFAULT x'';
ALTER TABLE triggers ADD COLUMN previous_until INTEGER NOT NULL DEFAULT 0;
