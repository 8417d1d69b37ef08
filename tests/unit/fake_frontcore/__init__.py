"""The fake's rows, which the demo shows."""
