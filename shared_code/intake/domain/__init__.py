"""Decide what a scheduling event changes."""
