"""Epic as a sender: scheduling messages, client certificates, and faults of both."""
