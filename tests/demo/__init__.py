"""`make demo`: an invented account goes through Meltano into DuckDB."""
