"""Queue `visit-preparation`: hints that a visit's meeting is not ready."""

import azure.functions as func

from functions.work import work_of
from shared_code import logs
from shared_code.queues import VISIT_PREPARATION
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.queue_trigger(
    arg_name="msg", queue_name=VISIT_PREPARATION, connection="AzureWebJobsStorage"
)
def visit_preparation(msg: func.QueueMessage) -> None:
    """Handle one hint."""
    with logs.bound(function="visit_preparation", dequeued=msg.dequeue_count):
        services().visits.prepare_visit.on_hint(work_of(msg))
