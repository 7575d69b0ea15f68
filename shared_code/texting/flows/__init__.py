"""The stories of texting."""
