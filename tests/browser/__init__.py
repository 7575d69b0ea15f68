"""Pages in a real browser, served with their own headers from this machine."""
