"""What the suites share: running the command, and Meltano."""
