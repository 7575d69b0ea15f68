"""Values and decisions of launching; no Azure, HTTP, clock, chance or environment."""
