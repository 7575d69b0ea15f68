"""What launching does."""
