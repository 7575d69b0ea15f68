"""Decisions about what all capabilities share."""
