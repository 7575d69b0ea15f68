"""The pages behind the link in a patient's text."""
