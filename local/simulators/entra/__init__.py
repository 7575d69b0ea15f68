"""Microsoft Entra ID: tokens for the app, and people who sign in on its own pages."""
