"""Azure Communication Services, over its official SDK."""
