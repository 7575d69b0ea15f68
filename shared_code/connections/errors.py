"""
Errors about a connection.

Both codes are also stored: a message for an unknown connection becomes a dead letter, and a text of
a connection that is not approved is held.
"""

from __future__ import annotations

from shared_code.errors import Code, ErrorInfo

CONNECTION_UNKNOWN = ErrorInfo(Code("connection_unknown"), "There is no such connection.", 404)
CONNECTION_NOT_APPROVED = ErrorInfo(
    Code("connection_not_approved"), "This connection has not been approved yet.", 403
)
