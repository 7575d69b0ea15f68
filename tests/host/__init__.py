"""Tests of the local Functions host, including its conformance with the recorded cases."""
