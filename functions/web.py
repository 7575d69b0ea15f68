"""The functions of the role `web`: all except the HL7 endpoint."""

from functions import (
    agenda,
    dead_letters,
    favicon,
    hl7_messages,
    launch,
    operations,
    patient_link,
    public_keys,
    signin,
    sms_events,
    storm_brake,
    texts,
    visit,
    visit_preparation,
)

BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        agenda,
        dead_letters,
        favicon,
        hl7_messages,
        launch,
        operations,
        patient_link,
        public_keys,
        signin,
        sms_events,
        storm_brake,
        texts,
        visit,
        visit_preparation,
    )
)
