"""Azure Key Vault, secrets: challenge, versions, and a file that keeps them between runs."""
