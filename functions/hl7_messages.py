"""Queue `hl7-inbound`: apply accepted messages to appointments."""

import azure.functions as func

from functions.work import work_of
from shared_code import logs
from shared_code.queues import HL7_INBOUND
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.queue_trigger(arg_name="msg", queue_name=HL7_INBOUND, connection="AzureWebJobsStorage")
def hl7_messages(msg: func.QueueMessage) -> None:
    """Apply one message."""
    with logs.bound(function="hl7_messages", dequeued=msg.dequeue_count):
        services().intake.apply_schedule.on_message(work_of(msg))
