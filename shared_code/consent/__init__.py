"""
Who may be contacted: opt-outs of a tenant, under a keyed hash of the number.

In: STOP and START by text or on the patient's page.
Out: whether a recipient must not be texted.
Table: `optouts`. Queues and duties: none; an opt-out is kept until it is withdrawn.
"""

OPT_OUTS = "optouts"

TABLES = {
    OPT_OUTS: "Recipients who must not be texted",
}
