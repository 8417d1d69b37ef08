"""The streams: one short class each, which speaks of its data only."""
