"""Receive, store, apply and dead-letter HL7 messages."""
