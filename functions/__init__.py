"""
One module for each trigger: decode it, call one story, encode the answer. Nothing is decided here.
"""
