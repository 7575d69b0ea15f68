"""The desk: one loopback address with the pages for people and the controls for tests."""
