"""Values and decisions of texting; no Azure, HTTP, clock, chance or environment."""
