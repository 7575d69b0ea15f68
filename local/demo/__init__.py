"""The whole story without a browser, judged by the simulators and never by our own tables."""
