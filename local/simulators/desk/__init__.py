"""The desk: one local address with pages for people and control endpoints for tests."""
