-- A key given at start may be short: its first 13 characters could be the whole key. Keys made here
-- have 41 characters and keep theirs.
UPDATE api_keys SET prefix = substr(prefix, 1, 9) WHERE name = 'environment';
