"""
One storage account over the official SDKs: tables, queues and blobs, and what their errors mean.

Nothing here knows a business word. SDKs are imported by the function that needs them, because cold
start is measured.
"""
