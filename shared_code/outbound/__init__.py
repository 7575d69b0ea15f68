"""
The one door out: HTTPS to a checked address, for whatever no Azure SDK calls.

In: a URL, a method, a deadline. Out: any answer as it came, redirects included, or an error that
says in which phase the request failed. Also what is called through it: key sets of other issuers,
and the HTTP client that MSAL is given. Nothing here knows a business word.
"""
