"""The shared world of the tests: an installation on the real wiring, with its sample objects."""
