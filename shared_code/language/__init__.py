"""Words, dates and names in the patient's language; below everything that speaks."""
