"""
Who we are to Microsoft, and who somebody is: one credential factory, app tokens, the sign-in.

In: the settings, the door out, secrets. Out: the credential of the app's managed identity, access
tokens of the Entra app, and the Microsoft account that somebody signed in with. MSAL and
azure-identity are used nowhere else. No token, secret or name leaves in an error or a log.
"""
