"""Timer, every minute: hold the texts of a connection that sends far more than usual."""

import azure.functions as func

from functions.work import correlation_of
from shared_code import logs
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.timer_trigger(arg_name="timer", schedule="45 * * * * *", use_monitor=True)
def storm_brake(timer: func.TimerRequest, context: func.Context) -> None:
    """Apply the storm brake where necessary. Only an operator releases it."""
    with logs.bound(correlation=correlation_of(context), function="storm_brake"):
        services().texting.storm_brake.watch()
