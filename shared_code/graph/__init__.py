"""
Microsoft Graph, as far as meetings need it.

In: `OnlineMeetings` makes a meeting, sets its lobby, reads it, and asks for the guests' link.
Out: Graph's REST interface by `outbound`, with the app's own token of the organization's tenant.
Tables: none. Queues: none. Duties: none.

An answer is reported as it is: whether a meeting has the lobby that was asked for is for the caller
to judge. Nothing is repeated here, and nothing of a request or an answer is logged. Join links are
passed on byte for byte and are never taken apart.
"""
