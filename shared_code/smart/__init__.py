"""
SMART on FHIR as Epic speaks it: what an EHR launch needs of the protocol, and no business word.

In: base URLs and client ids of connections; the raw query of a launch or a callback; the answers of
Epic's endpoints, which are judged by what they say and never by their media type.
Out: the endpoints of a base URL, kept for ten minutes and used for a day while Epic is silent; the
address that the browser is sent to; one token request for each code, with a client assertion made
for it; what a token answer says of the visit; who the validated id_token names.
Access tokens live in the request that got them: nothing here keeps or logs one.
Tables, queues and duties: none.
"""
