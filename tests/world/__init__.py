"""The one world of tests: an installation on the real wiring, and what several rooms make of it."""
