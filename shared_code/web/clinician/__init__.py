"""The pages of clinicians: the sign-in, the live page of a visit, and what goes wrong."""
