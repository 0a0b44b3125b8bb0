"""How to run the cell again, and how to get a result that can be cited."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cab_check.published import find_image, known_tuis
from cab_check.record import TaskOrigin
from cab_check.report.citation import closing
from cab_check.report.html.blocks import section
from cab_check.report.html.markup import tag
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from cab_check.record import RunRecord
    from cab_check.report.html.markup import Markup

_OWN = "DIRECTORY"
_VARIES = (
    "Comparable, not guaranteed identical: a model does not answer twice alike. Options that "
    "change the request or the budgets (such as --temperature or --max-turns) are not in the "
    "record: give them again."
)


def run_again(record: RunRecord) -> Markup:
    """Return the command of this cell; the key goes by the name of its variable alone."""
    lines, docker = tuple(closing((record,))), _docker(record)
    return section(
        "again",
        "Run it again",
        tag("pre", command(record), class_="copy", tabindex=0),
        tag("p", _VARIES, class_="dim"),
        tag("h3", "For a result that can be cited"),
        tag("p", lines[0].body.plain),
        docker or tag("p", _image_of(record)),
    )


def _image_of(record: RunRecord) -> str:
    """Say why no exact image stands here."""
    if record.identity.task_origin is not TaskOrigin.PUBLISHED:
        return "This task is not the benchmark's: no published image runs it."
    known = ", ".join(known_tuis())
    asked = record.identity.compared_tui
    if asked is not None:
        return f"No image of {asked} is known here; published agents: {known}."
    return f"Run with --tui NAME the page shows that agent's exact image; NAME is one of {known}."


def command(record: RunRecord) -> str:
    """Return what to type, in full; line ends are escaped as a shell wants them."""
    identity = record.identity
    own = identity.task_origin is TaskOrigin.OWN
    task = ["--task", _OWN if own else identity.task]
    level = Isolation.AUTO if record.isolation is None else record.isolation.receipt.level
    isolation = ["--isolation", level.value]
    seed = [] if identity.seed is None else ["--seed", str(identity.seed)]
    if record.demo:
        actor = identity.model.removesuffix(f":{identity.task}")
        return _shell(["cab", "demo"], task, ["--actor", actor], seed, isolation)
    tui = ["--tui", identity.compared_tui] if identity.compared_tui else []
    beside = ["--published-model", identity.compared_model] if identity.compared_model else []
    shown = _shell(
        ["cab", "check"],
        ["--endpoint", identity.endpoint],
        ["--key-env", "CAB_KEY"],
        ["--model", identity.model],
        task,
        tui,
        beside,
        seed,
        isolation,
    )
    key = 'export CAB_KEY="$YOUR_KEY"\n'
    return key + shown + (f"\n# {_OWN}: the task's own directory" if own else "")


def _docker(record: RunRecord) -> Markup | None:
    """Return the command of the benchmark's own image, as the cell pages give it."""
    tui = record.identity.compared_tui
    image = None if tui is None else find_image(tui)
    if image is None or record.identity.task_origin is not TaskOrigin.PUBLISHED:
        return None
    shown = _shell(
        ["docker", "run", "--rm"],
        ["-e", "CAB_ENDPOINT"],
        ["-e", "CAB_KEY"],
        [image.reference, "run-cell"],
        ["--tui", image.tui],
        ["--model", record.identity.model],
        ["--task", record.identity.task],
    )
    exports = 'export CAB_ENDPOINT="$YOUR_ENDPOINT" CAB_KEY="$YOUR_KEY"\n'
    return tag("pre", exports + shown, class_="copy", tabindex=0)


def _shell(*parts: list[str]) -> str:
    return " \\\n  ".join(shlex.join(part) for part in parts if part)
