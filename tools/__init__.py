"""Run by hand, never deployed: generated documents, and the operators' command in one file."""
