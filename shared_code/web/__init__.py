"""
All HTML of the product: the pages of patients' links, of launches and of the sign-in.

frame.py makes every page and its headers, cookies.py every cookie. patient/ and clinician/ hold the
views (what a page shows) and the renderers (view → Page); they read no storage, clock or request.
"""

LOG_EVENTS = (
    "link.opened",
    "link.refused",
    "link.texts_changed",
    "page.trouble",
    "visit.shown",
)
