"""
Who may be contacted: opt-outs, for a whole tenant, under a keyed hash of the number.

In: STOP and START by text or by the patient's page. Out: whether a recipient must not be texted.
Table: `optouts`. Queues and duties: none; an opt-out stays until it is taken back.
"""

OPT_OUTS = "optouts"

TABLES = {
    OPT_OUTS: "Recipients who must not be texted",
}
