"""Commands by group, their JSON, and health."""
