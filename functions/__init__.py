"""
One module for each trigger: decode it, call one flow, encode the answer. Nothing is decided here.
"""
