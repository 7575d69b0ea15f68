"""Visits over tables and Microsoft Graph."""
