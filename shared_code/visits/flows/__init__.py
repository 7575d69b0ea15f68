"""The stories of visits."""
