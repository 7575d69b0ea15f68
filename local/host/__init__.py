"""The local Functions host: what Azure's host does around our functions, on one machine.

Lives here: routes, keys, answers, queues, timers, the admin API and the orderly stop, as the real
host 4.1037 was observed to do them, around Microsoft's own Python worker library.
Never here: the product (nothing in shared_code or functions is imported), nor a call to Azure.
"""
