"""What a patient sees who opens the link of a text."""
