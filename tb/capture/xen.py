# SPDX-License-Identifier: Apache-2.0
"""Debian's Xen, with Debian's Linux as its dom0, on QEMU: from packages to a log of trace events."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tb.capture.initrd import DONE, initrd
from tb.capture.log import EVENTS
from tb.errors import UserError

SUITE: Final = "bookworm"
XEN: Final = "xen-hypervisor-4.17-arm64"
LINUX: Final = "linux-image-arm64"  # depends on the package that has it
BUSYBOX: Final = "busybox-static"
KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PATIENCE: Final = 900  # seconds until the guest must have powered off
_TOOLS: Final = {"qemu-system-aarch64": "qemu-system-arm", "apt-get": "apt", "dpkg-deb": "dpkg"}
# In the machine's RAM, which begins at 0x4000_0000; QEMU's device tree is 0x800_0000 above that.
_KERNEL_AT, _INITRD_AT = 0x4A00_0000, 0x4E00_0000


def capture(directory: Path) -> Path:
    """Boot it and let it power off: the log. All is done in the directory. UserError where that fails."""
    for tool, package in _TOOLS.items():
        if not shutil.which(tool):
            raise UserError(f"{tool} is missing: sudo apt install {package}")
    if not KEYRING.is_file():
        raise UserError(f"{KEYRING} is missing: sudo apt install debian-archive-keyring")
    root = directory / "root"
    if not root.is_dir():
        _unpack(directory, root)
    log, console = directory / "xen.log", directory / "console.txt"
    ramdisk = directory / "initrd"
    ramdisk.write_bytes(initrd(root / "bin" / "busybox"))
    try:
        _run(_qemu(root, ramdisk, console, log), timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise UserError(f"the guest has not powered off in {PATIENCE} s; its console is {console}") from None
    if DONE not in console.read_text(errors="replace"):
        raise UserError(f"the guest has not come to its end; its console is {console}")
    return log


def _unpack(directory: Path, root: Path) -> None:
    """Download the packages, which apt verifies, and unpack them; needs no root, and installs nothing."""
    apt, packages, unpacked = directory / "apt", directory / "packages", directory / "unpacked"
    for old in (packages, unpacked):
        shutil.rmtree(old, ignore_errors=True)
    for made in (apt / "lists" / "partial", apt / "cache" / "archives" / "partial", packages):
        made.mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    source = f"deb [signed-by={KEYRING}] http://deb.debian.org/debian {SUITE} main\n"
    (apt / "sources.list").write_text(source)
    settings = {
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
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
    depends = _run(["apt-cache", "-c", config, "depends", LINUX])
    if not (linux := re.search(r"Depends: (linux-image-\S+)", depends)):
        raise UserError(f"Debian's {LINUX} names no kernel: {depends.strip()}")
    _run(["apt-get", "-q", "-c", config, "download", XEN, linux[1], BUSYBOX], cwd=packages)
    for package in sorted(packages.glob("*.deb")):
        _run(["dpkg-deb", "--extract", package, unpacked])
    unpacked.rename(root)


def _qemu(root: Path, ramdisk: Path, console: Path, log: Path) -> Sequence[str | Path]:
    (xen,) = root.glob("boot/xen-*-arm64")
    (linux,) = root.glob("boot/vmlinuz-*")
    traces = [word for event in EVENTS for word in ("-trace", event)]
    return [
        *("qemu-system-aarch64", "-machine", "virt,gic-version=2,virtualization=on"),
        *("-cpu", "cortex-a57", "-smp", "1", "-m", "1024", "-no-reboot"),
        *("-nodefaults", "-display", "none", "-serial", f"file:{_escaped(console)}"),
        *("-kernel", xen, "-append", "console=dtuart dom0_mem=512M dom0_max_vcpus=1"),
        *(
            "-device",
            f"guest-loader,addr={_KERNEL_AT:#x},kernel={_escaped(linux)},bootargs=console=hvc0 rdinit=/init",
        ),
        *("-device", f"guest-loader,addr={_INITRD_AT:#x},initrd={_escaped(ramdisk)}"),
        *traces,
        "-D",
        log,
    ]


def _escaped(path: Path) -> str:
    """As a value among others, which commas part."""
    return str(path).replace(",", ",,")


def _run(command: Sequence[str | Path], cwd: Path | None = None, timeout: float | None = None) -> str:
    """Run a command, which is shown; its output. UserError with its last words if it fails."""
    print(f"$ {shlex.join(map(str, command))}", flush=True)
    done = subprocess.run(
        command,
        cwd=cwd,
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
    return done.stdout
