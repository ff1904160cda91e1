# SPDX-License-Identifier: Apache-2.0
"""Models compiled by mypyc, with COMPILED=1: the same sources, the same results, sooner.

The extension modules lie in sim_build/compiled, made once for each state of the sources, and are imported in
place of these. What awaits or subclasses freely stays in Python: it gains little, and a Device can be copied
there.
"""

import hashlib
import importlib.abc
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Final

from filelock import FileLock

from tb.errors import UserError
from tb.paths import REGISTERS, ROOT, SIM_BUILD

DIRECTORY: Final = SIM_BUILD / "compiled"
LIBRARY: Final = "models"
_TABLE: Final = REGISTERS / "gicv2_registers.py"
_SOURCES: Final = (
    "tb/model/hardware/address_map.py",
    "tb/model/hardware/gic.py",
    "tb/model/hardware/virtual_interface.py",
    "tb/model/machine/events.py",
    "tb/model/ledger/*.py",
    "tb/model/world_switch/**/*.py",
)
_NAMES: Final = (_TABLE.stem, f"{LIBRARY}__mypyc")
# In a directory with the sources, so that nothing is written beside the real ones.
_SETUP: Final = """
import sys
from setuptools import setup
from mypyc.build import mypycify
options = ["--explicit-package-bases", "--config-file="]
modules = mypycify([*options, *sys.argv[2:]], opt_level="1", debug_level="0", group_name=sys.argv[1])
setup(name="models", packages=[], ext_modules=modules, script_args=["--quiet", "build_ext", "--inplace"])
"""


class _Finder(importlib.abc.MetaPathFinder):
    """Finds compiled modules first."""

    def __init__(self, directory: Path) -> None:
        self._directory: Final = directory

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for a module that is not compiled."""
        if fullname not in _NAMES and not fullname.startswith("tb.model."):
            return None
        parent = Path(*fullname.split(".")[:-1])
        spec = PathFinder.find_spec(fullname, [str(self._directory / parent)])
        if spec is None or not spec.origin:
            return None
        if spec.submodule_search_locations is not None:  # the rest of the package
            spec.submodule_search_locations.append(str(ROOT / Path(*fullname.split("."))))
        return spec


def install() -> None:
    """Have models imported compiled from now on, and compile them if need be; where that fails, exit."""
    if os.environ["COMPILED"] != "1":
        sys.exit(f"error: COMPILED={os.environ['COMPILED']}: allowed is 0 or 1")
    if not _TABLE.is_file():  # it is about to be generated
        return
    try:
        directory = build()
    except UserError as error:
        sys.exit(f"error: {error}")
    sys.modules.pop(_TABLE.stem, None)
    sys.meta_path.insert(0, _Finder(directory))


def build() -> Path:
    """The directory of the compiled models."""
    sources = [path for pattern in _SOURCES for path in sorted(ROOT.glob(pattern))]
    digest = hashlib.sha256(f"{sys.version} {_SETUP}".encode())
    for path in (_TABLE, *sources, ROOT / "requirements.lock"):
        digest.update(bytes(path) + path.read_bytes())
    directory = DIRECTORY / digest.hexdigest()[:16]
    if directory.is_dir():
        return directory
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{directory}.lock"):
        if not directory.is_dir():
            with tempfile.TemporaryDirectory(dir=DIRECTORY, prefix=".new-") as scratch:
                _compile([path.relative_to(ROOT) for path in sources], Path(scratch)).rename(directory)
    return directory


def _compile(sources: Sequence[Path], scratch: Path) -> Path:
    """Compile in *scratch*; returns a directory there that holds the extension modules and nothing else."""
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        version = "{}.{}".format(*sys.version_info)
        raise UserError(f"COMPILED=1 needs the headers of Python: sudo apt install libpython{version}-dev")
    print("Compiling the models, once; this takes a minute.", file=sys.stderr)
    work, kept = scratch / "work", scratch / "kept"
    shutil.copytree(
        ROOT / "tb" / "model", work / "tb" / "model", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "tb" / "__init__.py", work / "tb")
    shutil.copy(_TABLE, work)
    command = [sys.executable, "-P", "-c", _SETUP, LIBRARY, _TABLE.name, *map(str, sources)]
    environment = {**os.environ, "COMPILED": "0"}
    run = subprocess.run(
        command, cwd=work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if run.returncode:
        raise UserError(f"the models cannot be compiled:\n{run.stdout}{run.stderr}".rstrip())
    for product in sorted(work.rglob("*.so")):
        if "build" not in product.relative_to(work).parts:
            target = kept / product.relative_to(work)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(product, target)
    return kept
