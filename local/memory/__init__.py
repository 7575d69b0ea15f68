"""
The ports in memory. Nothing here is deployed; tests/contract runs the same tests as on the real
ones.
"""
