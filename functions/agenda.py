"""Timer, every minute: carry out what is due, and look at what may end."""

import azure.functions as func

from functions.work import correlation_of
from shared_code import logs
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.timer_trigger(arg_name="timer", schedule="0 * * * * *", use_monitor=True)
def agenda(timer: func.TimerRequest, context: func.Context) -> None:
    """Run the agenda. A late run also does the work of the runs that were missed."""
    with logs.bound(correlation=correlation_of(context), function="agenda"):
        services().intake.pinned_certificates.look()
        services().agenda_run.run()
