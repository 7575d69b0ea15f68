"""A page like that of Teams: lobby, admit, leave and end, and who is where."""
