"""
The local Functions host: what Azure's host does around our functions, on one machine.

Routes, keys, answers, queues, timers, the admin API and the orderly stop, as observed on the real
host 4.1037, around Microsoft's own Python worker library. Nothing of shared_code or functions is
imported, and Azure is never called.
"""
