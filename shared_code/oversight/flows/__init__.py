"""Report problems, keep and replay dead letters."""
