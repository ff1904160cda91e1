# SPDX-License-Identifier: Apache-2.0
"""The command line behind the Make targets. Options are environment variables: `make help` lists them."""

import argparse
import errno
import importlib
import os
import sys
import time
from collections.abc import Sequence

from tb import junit
from tb.errors import UserError
from tb.model.json_lines import TraceError
from tb.paths import SIM_BUILD

COMMANDS = (
    "run",
    "test",
    "replay",
    "conform",
    "regress",
    "lint",
    "synth",
    "formal",
    "oracle",
    "cosim",
    "shrink",
    "capture",
    "report",
    "waves",
    "coverage",
    "bench",
    "mutate",
    "docs",
    "docs-test",
    "doctor",
)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # by the machine
FOREIGN = ("cosim", "replay", "regress", "shrink", "waves")  # look at DUT


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv* names; returns the exit status: 0 passed, 1 failed, 2 could not be done.

    A command is a module `tb.commands.<name>`, with `_` for `-`, that has `add_arguments(parser)` and
    `main(args) -> int`.
    """
    parser = argparse.ArgumentParser(prog="python -m tb.cli", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own: see <command> --help")
    chosen = parser.parse_args(argv)
    command = importlib.import_module(f"tb.commands.{chosen.command.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"python -m tb.cli {chosen.command}", description=command.__doc__)
    command.add_arguments(parser)
    arguments = parser.parse_args(chosen.arguments)
    started = time.time()
    junit.begin()
    try:
        try:
            if os.environ.get("DUT") and chosen.command not in FOREIGN:
                raise UserError(f"DUT: allowed with make {', '.join(FOREIGN)}")
            status = int(command.main(arguments))
        except (UserError, TraceError) as error:
            print(f"error: {error}", file=sys.stderr)
            junit.add(chosen.command, str(error))
            status = 2
        junit.write(SIM_BUILD / f"{chosen.command}.xml", chosen.command, started, status)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        print(f"error: {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
