"""All HTML of the product: at present the page of a patient's link."""

LOG_EVENTS = (
    "link.opened",
    "link.refused",
    "link.texts_changed",
)
