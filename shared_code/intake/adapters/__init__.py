"""Blobs of large messages."""
