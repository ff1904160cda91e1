# SPDX-License-Identifier: Apache-2.0
"""A hypervisor on QEMU: from Debian's packages to a log of trace events."""

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tb.capture.hypervisors import DONE, HYPERVISORS, escaped
from tb.capture.log import EVENTS
from tb.errors import UserError

SUITE: Final = "bookworm"
KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PATIENCE: Final = 900  # seconds until the guest must have powered off
_TOOLS: Final = {"qemu-system-aarch64": "qemu-system-arm", "apt-get": "apt", "dpkg-deb": "dpkg"}
_UNPACK: Final = 'for package in "$0"/*.deb; do dpkg-deb --extract "$package" "$1" || exit; done'


def capture(name: str, directory: Path) -> Path:
    """Boot a hypervisor of HYPERVISORS and let it power off: the log, in *directory*, as is all the rest.
    UserError where that fails."""
    for tool, package in _TOOLS.items():
        if not shutil.which(tool):
            raise UserError(f"{tool} is missing: sudo apt install {package}")
    if not KEYRING.is_file():
        raise UserError(f"{KEYRING} is missing: sudo apt install debian-archive-keyring")
    hypervisor = HYPERVISORS[name]
    log, work = directory / f"{name}.log", directory / name
    root, console = work / "root", work / "console.txt"
    if not root.is_dir():
        _unpack(hypervisor.packages, work, root)
    try:
        _run(
            [
                *("qemu-system-aarch64", "-machine", "virt,gic-version=2,virtualization=on"),
                *("-cpu", "cortex-a57", "-smp", "1", "-m", "1024", "-no-reboot"),
                *("-nodefaults", "-display", "none", "-serial", f"file:{escaped(console)}"),
                *hypervisor.boot(root, work / "initrd"),
                *(word for event in EVENTS for word in ("-trace", event)),
                *("-D", log),
            ],
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"the guest has not powered off in {PATIENCE} s; its console is {console}") from None
    if DONE not in console.read_text(errors="replace"):
        raise UserError(f"the guest has not come to its end; its console is {console}")
    return log


def _unpack(packages: Sequence[str], directory: Path, root: Path) -> None:
    """Download packages with all they depend on, which apt verifies, and unpack them in *root*; installs
    nothing, and needs no administrator."""
    apt, unpacked = directory / "apt", directory / "unpacked"
    archives = apt / "cache" / "archives"
    for old in (archives, unpacked):
        shutil.rmtree(old, ignore_errors=True)
    for made in (apt / "lists" / "partial", archives / "partial"):
        made.mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    source = f"deb [signed-by={KEYRING}] http://deb.debian.org/debian {SUITE} main\n"
    (apt / "sources.list").write_text(source)
    settings = {
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Dir::State": apt,
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Dir::Etc::SourceList": apt / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
    }
    config = apt / "apt.conf"
    config.write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()))
    _run(["apt-get", "-q", "-c", config, "update"])
    _run(["apt-get", "-q", "-c", config, "--yes", "--download-only", "install", *packages])
    _run(["sh", "-c", _UNPACK, archives, unpacked])
    unpacked.rename(root)


def _run(command: Sequence[str | Path], timeout: float | None = None) -> None:
    """Run a command, which is shown. UserError with its last words if it fails."""
    print(f"$ {shlex.join(map(str, command))}", flush=True)
    done = subprocess.run(
        command,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        last = (done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise UserError(f"{command[0]} failed: {last}")
