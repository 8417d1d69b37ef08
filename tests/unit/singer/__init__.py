"""The protocol's side."""
