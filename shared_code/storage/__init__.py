"""
One storage account through the official SDKs: tables, queues, blobs, and translated errors.

Nothing here knows a business term. Each SDK is imported by the function that needs it, to keep the
cold start short.
"""
