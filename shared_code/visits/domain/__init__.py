"""Visits, organizers and their meetings: values and decisions."""
