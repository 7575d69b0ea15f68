"""Azure Communication Services, SMS: as far as a sender of texts can tell the difference."""
