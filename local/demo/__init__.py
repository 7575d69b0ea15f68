"""The whole story without a browser, checked by the simulators and never by our own tables."""
