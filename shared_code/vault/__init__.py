"""Azure Key Vault behind the port Secrets, and the key rings that are kept there."""
