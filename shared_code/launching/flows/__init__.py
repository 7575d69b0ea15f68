"""The stories of launching."""
