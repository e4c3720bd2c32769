-- The order in which attempts were recorded, for those who follow them: one row per write of the
-- dispatcher, which records many at once.
CREATE TABLE attempt_log (
  no       INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: a follower may have left off there
  at       INTEGER NOT NULL,
  attempts BLOB NOT NULL   -- of each the delivery's key (8 bytes) and the number (4), big-endian
);
