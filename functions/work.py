"""The envelope of our queue messages, and the correlation id of an invocation."""

import json

import azure.functions as func


def work_of(message: func.QueueMessage) -> dict[str, str]:
    """
    Return the work of `{"v": 1, "work": …}`.

    Nothing else of the message is trusted: a JSON body can overwrite the message's own metadata.
    Raises ValueError for any other message, which then becomes a dead letter.
    """
    envelope = json.loads(message.get_body())
    work = envelope["work"] if isinstance(envelope, dict) and envelope.get("v") == 1 else None
    if not isinstance(work, dict) or not all(isinstance(value, str) for value in work.values()):
        raise ValueError("not an envelope of this app")
    return work


def correlation_of(context: func.Context) -> str:
    """Return the trace id that the host gave this invocation, or else the invocation id."""
    parts = (context.trace_context.trace_parent or "").split("-")
    return parts[1] if len(parts) == 4 else str(context.invocation_id)
