"""The two streams: stdout carries the result, stderr everything else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from cab_check.cli import live
from cab_check.cli.standins import HANDLER, carried
from cab_check.errors import ExitCode, InternalError, worst
from cab_check.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from cab_check.errors import CabError
    from cab_check.secrets import Redactor

_guard: list[Redactor] = []
_unwritten: list[str] = []


def prepare_streams() -> None:
    """Let neither a narrow encoding nor a lone surrogate end a command; ASCII gets stand-ins.

    What was closed before the start (`2>&-`) goes nowhere, and its number to no other file.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=HANDLER)


def guard(redactor: Redactor) -> None:
    """From here on nothing that is printed holds one of these secrets."""
    _guard[:] = [redactor]


def _hidden(text: str) -> str:
    return _guard[0].text(text) if _guard else text


def close_streams(code: int) -> int:
    """Flush stdout; a reader that has gone away (`| head -1`) is no error, a full disk is."""
    _write("")
    if not _unwritten:
        return code
    say(f"error: the result could not be written to stdout: {_unwritten[0]}")
    return worst([ExitCode(code), ExitCode.MACHINE])


def _silence(descriptor: int) -> None:
    # the interpreter flushes once more at exit: let that go nowhere instead of failing
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


def emit(text: str) -> None:
    """Write a part of the result to stdout; nothing is an empty line."""
    _write(_hidden(text) or "\n")


def _write(*parts: str) -> None:
    _to_terminal(live.erasing())
    last = parts[-1]
    try:
        for part in (*parts, "" if last.endswith("\n") or not last else "\n"):
            sys.stdout.write(part)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout.fileno())
    except OSError as error:
        _silence(sys.stdout.fileno())
        _unwritten.append(error.strerror or str(error))


def emit_json(document: object, runs: Iterable[object] = ()) -> None:
    """Write the one JSON document of a command; what comes in was redacted value by value.

    `runs` go where the document's own list of that name is empty. Of each no more than its text is
    held, and nothing is written before the last is there: half a document is none.
    """
    before, mark, after = _json(document).partition('\n  "runs": []')
    texts = [f"\n{_json(run)}".replace("\n", "\n    ") for run in runs] if mark else []
    if not texts:
        _write(before + mark + after)
        return
    commas = [","] * (len(texts) - 1) + ["\n  ]"]
    listed = (part for pair in zip(texts, commas, strict=True) for part in pair)
    _write(before, '\n  "runs": [', *listed, after)


def _json(value: object) -> str:
    import json  # noqa: PLC0415 - costs start-up time

    return json.dumps(value, ensure_ascii=not _encoding().startswith("utf"), indent=2)


def _encoding() -> str:
    return (sys.stdout.encoding or "utf-8").lower()


def emit_rich(renderable: RenderableType) -> None:
    """Write what rich draws, in the terminal's own width, 80 columns elsewhere.

    Stand-ins may be wider than what they stand for: then it is drawn again, narrower by as much.
    """
    import shutil  # noqa: PLC0415 - costs start-up time

    width = shutil.get_terminal_size(fallback=(80, 24)).columns
    text = _drawn(renderable, width)
    shown = carried(text, _encoding())
    wider = 0 if shown == text else _widest(shown) - _widest(text)
    emit(text if wider <= 0 else _drawn(renderable, max(1, width - wider)))


def _widest(text: str) -> int:
    from rich.text import Text  # noqa: PLC0415 - rich costs start-up time

    return max((Text.from_ansi(line).cell_len for line in text.split("\n")), default=0)


def _drawn(renderable: RenderableType, width: int) -> str:
    import io  # noqa: PLC0415 - costs start-up time

    from rich.console import Console  # noqa: PLC0415 - rich costs start-up time

    drawn = io.StringIO()
    console = Console(
        file=drawn,
        force_terminal=True if sys.stdout.isatty() else None,
        width=width,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )
    console.print(renderable)
    return drawn.getvalue()


def say(text: str) -> None:
    """Tell a person something on stderr; a closed stderr is nobody's fault.

    What came from a model or an endpoint is in there: controls are shown, not sent on.
    """
    lines = [printable(line) for line in _hidden(text).split("\n")]
    _to_terminal(live.erasing() + "\n".join(lines) + "\n")


def draw(*lines: str) -> None:
    """Draw lines at the foot of the terminal, on stderr, in place of those before; none clears.

    They are gone as soon as anything else is printed.
    """
    encoding = (sys.stderr.encoding or "utf-8").lower()
    _to_terminal(live.over([carried(printable(_hidden(line)), encoding) for line in lines]))


def _to_terminal(text: str) -> None:
    if not text:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr.fileno())


def report(error: CabError, *, as_json: bool, usage: str = "") -> ExitCode:
    """Say what went wrong: on stderr for a person, and as the one document with --json."""
    if usage and not as_json:
        say(usage)
    say(f"error: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")
    if as_json:
        error.message, error.hint = _hidden(error.message), _hidden(error.hint)
        from cab_check.record import result_json  # noqa: PLC0415 - costs start-up time

        emit_json(result_json((), error.exit_code, error))
    return error.exit_code


def bug(error: Exception) -> InternalError:
    """Describe a bug of ours, with what to send; a traceback only when it was asked for."""
    if os.environ.get("CAB_DEBUG"):
        import traceback  # noqa: PLC0415 - only when something broke

        say("".join(traceback.format_exception(error)))
    message = f"a bug in cab: {type(error).__name__}: {error}"
    return InternalError(message, hint="run it again with CAB_DEBUG=1 and send us what it prints")
