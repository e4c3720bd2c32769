-- When the webhook secret was set, and until when the credentials are good (0: nobody said).
ALTER TABLE connections ADD COLUMN secret_set_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX connections_by_expiry ON connections (expires_at) WHERE expires_at > 0;
