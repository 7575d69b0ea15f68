"""The local Functions host: what the observed cases cannot show, and that it passes them."""
