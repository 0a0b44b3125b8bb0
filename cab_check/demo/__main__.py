"""`python -m cab_check.demo`: serve the embedded endpoint until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING

from cab_check.demo.standalone import ServeOptions, serve_until_stopped
from cab_check.errors import CabError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Serve as the command line says and return the exit code; the URL goes to stdout."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    key = os.environ.get(arguments.key_env) if arguments.key_env else arguments.key
    if arguments.key_env and not key:
        parser.error(f"the variable {arguments.key_env} is not set")
    options = ServeOptions(
        port=arguments.port,
        key=key,
        latency_s=arguments.latency,
        chunk_delay_s=arguments.chunk_delay,
    )
    try:
        asyncio.run(serve_until_stopped(options, _announce))
    except CabError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return int(error.exit_code)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cab_check.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--key", help="ask every client for this key")
    keys.add_argument("--key-env", metavar="NAME", help="the variable that holds the key")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument("--chunk-delay", type=float, default=0.0, help="seconds between events")
    return parser


def _announce(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
