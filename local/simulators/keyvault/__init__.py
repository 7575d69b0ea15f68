"""Azure Key Vault, secrets: challenge, versions, and a file that outlives the process."""
