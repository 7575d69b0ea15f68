"""The app as Azure Functions finds it: the blueprints of its role, nothing else."""

import azure.functions as func

from shared_code import logs
from shared_code.settings import Role
from shared_code.wiring.services import services

logs.set_up()
_role = services().settings.role
services().ports.connections.all()  # a wrong connections file stops the app like a wrong setting
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

if _role in (Role.HL7, Role.ALL):
    from functions import hl7_inbound

    app.register_functions(hl7_inbound.blueprint)

if _role in (Role.WEB, Role.ALL):
    from functions.web import BLUEPRINTS

    for _blueprint in BLUEPRINTS:
        app.register_functions(_blueprint)

from functions import health  # noqa: E402 - both roles have it, and the door stays first

app.register_functions(health.blueprint)
