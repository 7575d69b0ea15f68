"""The connections file and its reader."""
