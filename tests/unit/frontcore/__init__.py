"""The API's side."""
