"""
Azure Storage behind the ports: tables for state, queues for hints, blobs for what is large.

Each module is one port. SDKs are imported by the function that needs them, because cold start is
measured. What every table holds and what erases it: docs/data-map.md.
"""
