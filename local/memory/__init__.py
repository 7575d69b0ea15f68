"""The ports in memory. Nothing here is deployed; tests/contract proves them alike the real ones."""
