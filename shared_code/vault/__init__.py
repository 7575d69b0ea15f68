"""Azure Key Vault behind the port Secrets, and the key rings stored in it."""
