-- The W3C trace context that an event came with; NULL where it came with none.
ALTER TABLE events ADD COLUMN trace TEXT;
