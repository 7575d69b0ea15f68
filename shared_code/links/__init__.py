"""
Patients' links: made when a text is sent, looked up when somebody opens one.

A token is recomputed and never stored; the table knows its digest. A link shows its visit only
while that is still texted to the number that the link was sent to, and can stop texts to it.
In: `make` from texting; `open` and `allow_texts` from the patient's page.
Table: `links`. Queues: none.
Duties: `retire_link` erases a link seven days after it has expired.
"""

LINKS = "links"

TABLES = {
    LINKS: "Patients' links, by the hash of their token",
}
