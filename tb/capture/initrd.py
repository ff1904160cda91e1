# SPDX-License-Identifier: Apache-2.0
"""An initial RAM disk: a cpio archive of the kind `newc`."""

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Final

_DIRECTORY, _PROGRAM, _CONSOLE = 0o40755, 0o100755, 0o20600
_CONSOLE_DEVICE: Final = (5, 1)


def initrd(script: str, root: Path, files: Iterable[Path]) -> bytes:
    """The archive: *script* as /init, and *files*, which lie below *root*, where they lie there."""
    inodes = count(1)

    def entry(name: str | Path, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
        path = str(name).encode() + b"\0"
        numbers = (next(inodes), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        head = b"070701" + b"".join(b"%08X" % number for number in numbers) + path
        return _padded(head) + _padded(data)

    def file(path: Path) -> bytes:
        data = bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
        return entry(path.relative_to(root), path.lstat().st_mode, data)

    files = list(files)
    directories = {parent for path in files for parent in path.relative_to(root).parents} - {Path()}
    return b"".join(
        (
            entry("dev", _DIRECTORY),
            entry("dev/console", _CONSOLE, device=_CONSOLE_DEVICE),
            entry("init", _PROGRAM, script.encode()),
            *(entry(path, _DIRECTORY) for path in sorted(directories)),
            *map(file, files),
            entry("TRAILER!!!", 0),
        )
    )


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
