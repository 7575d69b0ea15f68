"""
Errors of HL7 over HTTP and the acknowledgement for each.

Errors with status 200 are answered in an acknowledgement: MSA-1 (HL7 v2.5.1 §2.9.2, table 0008) and
the condition of ERR-3 (table 0357).
"""

from __future__ import annotations

from shared_code.errors import Code, ErrorInfo

BODY_CHUNKED = ErrorInfo(
    Code("body_chunked"), "Send a Content-Length; chunked bodies do not arrive.", 411
)
BODY_TOO_LARGE = ErrorInfo(Code("body_too_large"), "The body is larger than 1 MB.", 413)
CONTENT_TYPE_UNSUPPORTED = ErrorInfo(
    Code("content_type_unsupported"), "The content type is not one of HL7 over HTTP.", 415
)
CONTENT_ENCODING_UNSUPPORTED = ErrorInfo(
    Code("content_encoding_unsupported"),
    "The Content-Encoding is not supported; send the body as it is, or packed with gzip.",
    415,
)
GZIP_UNREADABLE = ErrorInfo(
    Code("gzip_unreadable"), "The body is not a complete gzip file, as its header says.", 400
)
GZIP_TOO_DENSE = ErrorInfo(
    Code("gzip_too_dense"), "The gzip body unpacks to more than 200 times its size.", 413
)
CHARSET_UNSUPPORTED = ErrorInfo(
    Code("charset_unsupported"), "The character set is not supported.", 415
)
NOT_HL7 = ErrorInfo(
    Code("not_hl7"), "The body is not an HL7 v2 message: it has no usable MSH segment.", 400
)
BATCH_TOO_LARGE = ErrorInfo(Code("batch_too_large"), "The batch holds more than 500 messages.", 413)
MESSAGE_TYPE_UNSUPPORTED = ErrorInfo(
    Code("message_type_unsupported"), "Only SIU messages are accepted.", 200, "AR", "200"
)
EVENT_UNSUPPORTED = ErrorInfo(
    Code("event_unsupported"), "This SIU event is not supported.", 200, "AR", "201"
)
TRIGGER_MISSING = ErrorInfo(
    Code("trigger_missing"), "MSH-9 names no trigger event.", 200, "AE", "101"
)
APPOINTMENT_KEY_MISSING = ErrorInfo(
    Code("appointment_key_missing"), "The appointment key is empty.", 200, "AE", "101"
)
MESSAGE_OVER_LIMITS = ErrorInfo(
    Code("message_over_limits"),
    "The message has more segments, fields or repetitions than allowed.",
)
