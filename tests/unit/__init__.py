"""Each room alone."""
