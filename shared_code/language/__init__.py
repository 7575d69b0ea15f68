"""Phrases, dates and names in the patient's language, for texts and pages."""
