"""Describe this process's app as the host would index it; run by test_functions.py."""

from __future__ import annotations

import json
import sys
from typing import Any


def describe() -> dict[str, Any]:
    """Return the functions of this role by name, and every module loaded by indexing them."""
    import function_app

    found = {}
    for function in function_app.app.get_functions():
        described: dict[str, Any] = {}
        for binding in function.get_bindings_dict()["bindings"]:
            described |= _trigger(binding)
        found[str(function.get_function_name())] = described
    return {"functions": found, "modules": sorted(sys.modules)}


def _trigger(binding: dict[str, Any]) -> dict[str, Any]:
    kind = str(binding["type"])
    if kind == "httpTrigger":
        methods = sorted(str(getattr(method, "value", method)) for method in binding["methods"])
        return {
            "trigger": kind,
            "route": binding["route"],
            "methods": methods,
            "authLevel": str(getattr(binding["authLevel"], "value", binding["authLevel"])),
        }
    if kind == "queueTrigger":
        return {"trigger": kind, "queue": binding["queueName"], "connection": binding["connection"]}
    if kind == "timerTrigger":
        at_start = {"runOnStartup": True} if binding.get("runOnStartup") else {}
        return {"trigger": kind, "schedule": binding["schedule"]} | at_start
    return {} if kind == "http" else {"otherBinding": kind}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(describe()))
