"""Run in a child: load the agent's module, call its function, hand the answers back.

The request comes on stdin as JSON. The answers go into the file descriptor that it names, so what
the agent's code prints, at import or later, reaches nobody. Nothing here knows a right answer.
"""

import importlib
import json
import os
import sys


class ForeignTypeError(Exception):
    """An answer holds a value that JSON would turn into something else."""


def plain(value):
    """Return the value if JSON keeps it and its type exactly."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [plain(item) for item in value]
    raise ForeignTypeError(type(value).__name__)


def call(function, arguments):
    """Call the function once and describe what came of it."""
    try:
        return {"value": plain(function(*arguments))}
    except ForeignTypeError as error:
        return {"foreign": str(error)}
    except BaseException as error:
        return {"raised": f"{type(error).__name__}: {error}"[:500]}


def answer(request):
    """Load the module and answer every call of the request."""
    sys.path.insert(0, request["sources"])
    sys.path.append(request["root"])
    try:
        function = getattr(importlib.import_module(request["module"]), request["function"])
    except BaseException as error:
        return [{"raised": f"{type(error).__name__}: {error}"[:500]}] * len(request["calls"])
    return [call(function, arguments) for arguments in request["calls"]]


def main():
    """Read the request, write the answers over whatever lies in the file, end at once."""
    request = json.load(sys.stdin)
    reply = json.dumps({"nonce": request["nonce"], "answers": answer(request)}).encode()
    os.ftruncate(request["descriptor"], 0)
    os.pwrite(request["descriptor"], reply, 0)
    os._exit(0)


main()
