"""
The doors: decode the trigger, call one flow, encode the answer. No decision is taken here.
"""
