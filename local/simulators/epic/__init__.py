"""Epic as a sender: scheduling messages, client certificates, and what goes wrong with both."""
