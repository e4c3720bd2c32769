-- What came in through each connection. Written now and then, never by what it counts.
CREATE TABLE connection_health (
  connection       INTEGER PRIMARY KEY,
  received         INTEGER NOT NULL,
  refused          INTEGER NOT NULL,
  last_received_at INTEGER NOT NULL,
  last_refused_at  INTEGER NOT NULL,
  last_reason      TEXT NOT NULL
);
