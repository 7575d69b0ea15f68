"""Faults on demand: rules that say when, holds that say how long, a listener, and a proxy.

Independent of the product and of the simulators, which build on it.
"""
