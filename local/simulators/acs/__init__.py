"""Azure Communication Services, SMS: everything that a sender of texts can observe."""
