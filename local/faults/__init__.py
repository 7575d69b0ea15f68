"""
Faults on demand: rules that select requests, holds that keep requests open, a listener, and a
proxy.

Independent of the product and of the simulators, which build on it.
"""
