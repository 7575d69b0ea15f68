"""Tables of texting, the wording, and the SMS service."""
