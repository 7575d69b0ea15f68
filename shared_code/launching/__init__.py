"""
EHR launches: from Epic's button to the visit.

In: `GET /keys/{connection_id}/jwks.json`, where Epic reads the public keys that our client
assertions verify with.
Out: a key set for each connection that has an Epic.
Tables, queues and duties: none.
"""

LOG_EVENTS = ("launching.key_unusable",)
