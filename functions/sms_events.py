"""Queue `sms-events`: delivery reports and replies, put there by Event Grid."""

import azure.functions as func

from shared_code import logs
from shared_code.queues import SMS_EVENTS
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.queue_trigger(arg_name="msg", queue_name=SMS_EVENTS, connection="AzureWebJobsStorage")
def sms_events(msg: func.QueueMessage) -> None:
    """Record one event, or a list of events."""
    with logs.bound(function="sms_events", dequeued=msg.dequeue_count):
        services().texting.text_results.on_message(msg.get_body())
