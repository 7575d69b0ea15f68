"""
Timer, every minute: move messages that failed five times from the poison queues to dead letters.
"""

import azure.functions as func

from functions.work import correlation_of
from shared_code import logs
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.timer_trigger(arg_name="timer", schedule="30 * * * * *", use_monitor=True)
def dead_letters(timer: func.TimerRequest, context: func.Context) -> None:
    """Drain every poison queue."""
    with logs.bound(correlation=correlation_of(context), function="dead_letters"):
        services().poison_queues.drain()
