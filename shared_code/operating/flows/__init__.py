"""Commands, history, numbers of the day, health."""
