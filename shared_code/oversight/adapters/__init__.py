"""The tables of problems, dead letters, switches and the audit log."""
