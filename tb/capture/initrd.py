# SPDX-License-Identifier: Apache-2.0
"""An initial RAM disk with one statically linked program and a script: a cpio archive of the kind `newc`."""

from itertools import count
from pathlib import Path
from typing import Final

DONE: Final = "capture: done"  # what the script says at its end
SCRIPT: Final = f"""#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
i=0
while [ $i -lt 100 ]; do
    /bin/busybox usleep 10000
    /bin/busybox echo capture: $i
    i=$((i + 1))
done
/bin/busybox echo {DONE}
/bin/busybox poweroff -f
"""
_DIRECTORY, _PROGRAM, _CONSOLE = 0o40755, 0o100755, 0o20600


def initrd(busybox: Path) -> bytes:
    """The archive, in which the script is /init: timer interrupts and output for about two seconds."""
    inodes = count(1)

    def entry(name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
        path = name.encode() + b"\0"
        numbers = (next(inodes), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        head = b"070701" + b"".join(b"%08X" % number for number in numbers) + path
        return _padded(head) + _padded(data)

    return b"".join(
        (
            entry("dev", _DIRECTORY),
            entry("dev/console", _CONSOLE, device=(5, 1)),
            entry("bin", _DIRECTORY),
            entry("bin/busybox", _PROGRAM, busybox.read_bytes()),
            entry("init", _PROGRAM, SCRIPT.encode()),
            entry("TRAILER!!!", 0),
        )
    )


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
