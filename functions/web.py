"""The doors of the role `web`: everything but the HL7 door."""

from functions import (
    agenda,
    dead_letters,
    hl7_messages,
    operations,
    patient_link,
    sms_events,
    storm_brake,
    texts,
)

BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        agenda,
        dead_letters,
        hl7_messages,
        operations,
        patient_link,
        sms_events,
        storm_brake,
        texts,
    )
)
