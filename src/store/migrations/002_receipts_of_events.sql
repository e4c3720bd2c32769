-- Retention asks whether a receipt's event is still there. Published events have no receipt.
CREATE INDEX events_by_receipt ON events (receipt) WHERE receipt > 0;
