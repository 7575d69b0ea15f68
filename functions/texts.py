"""Queues `sms-urgent` and `sms-outbound`: hints that a text may be due."""

import azure.functions as func

from functions.work import work_of
from shared_code import logs
from shared_code.queues import SMS_OUTBOUND, SMS_URGENT
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.queue_trigger(arg_name="msg", queue_name=SMS_OUTBOUND, connection="AzureWebJobsStorage")
def texts(msg: func.QueueMessage) -> None:
    """Handle one hint."""
    with logs.bound(function="texts", dequeued=msg.dequeue_count):
        services().texting.send_text.on_hint(work_of(msg), SMS_OUTBOUND)


@blueprint.queue_trigger(arg_name="msg", queue_name=SMS_URGENT, connection="AzureWebJobsStorage")
def texts_urgent(msg: func.QueueMessage) -> None:
    """Handle one urgent hint."""
    with logs.bound(function="texts_urgent", dequeued=msg.dequeue_count):
        services().texting.send_text.on_hint(work_of(msg), SMS_URGENT)
