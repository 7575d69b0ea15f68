"""
Patients' links: created when a text is sent, looked up when a link is opened.

A token is computed from the link key and never stored; the table holds its digest. A link shows
its visit only while that visit is texted to the number the link was sent to, and can stop texts to
that number. Until when it is valid is computed when it is opened: while the visit can be joined.
In: `make` from texting; `open` and `allow_texts` from the patient's page.
Table: `links`. Queues: none.
Duties: `retire_link` erases a link seven days after it has expired, by the visit's newest time.
"""

LINKS = "links"

TABLES = {
    LINKS: "Patients' links, by the hash of their token",
}
