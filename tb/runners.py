# SPDX-License-Identifier: Apache-2.0
"""cocotb's runners for our simulators: what each needs, and less of the caller's environment."""

import functools
import shutil
from pathlib import Path
from typing import Any

import cocotb
from cocotb_tools import config, runner

from tb import tools
from tb.paths import ROOT

TOPS = {  # source files beside the device's, that of the top first
    "tb_top": (
        ROOT / "tb" / "tb_top.v",
        ROOT / "tb" / "gicv2_properties.sv",
        ROOT / "tb" / "gicv2_view.v",
    ),
    "transactor_top": (ROOT / "tb" / "transactor" / "transactor_top.sv",),
    "mutation_top": (ROOT / "tb" / "mutation" / "mutation_top.sv",),
}
WAVES_FILE = "waves.fst"
WAVES_MACRO = "VGIC_WAVES"  # defined where they are written
COVERAGE_FILE = "coverage.dat"

# What would change the choice of tests or the compiler's work (a surrounding make hands its variables on).
_FOREIGN = ("COCOTB_TESTCASE", "COCOTB_TEST_FILTER", "MAKEFLAGS", "MFLAGS")


class Runner(runner.Runner):
    """What both simulators have.

    waves    whether to build for waves and write them; the environment's WAVES does not decide
    cache    directory for what builds with the same waves and toolchain share; need not exist
    """

    def __init__(self, waves: bool, cache: Path) -> None:
        super().__init__()
        self._with_waves = waves
        self._cache = cache
        self.log.disabled = True  # our caller reports

    @staticmethod
    def bench(top: str) -> tuple[Path, ...]:
        """The files beside the device's, for a top of TOPS."""
        return TOPS[top]

    @staticmethod
    def product(top: str) -> str:
        """The file that `build` leaves for `test`."""
        raise NotImplementedError

    @staticmethod
    def toolchain() -> tuple[object, ...]:
        """Everything but sources that a build depends on."""
        raise NotImplementedError

    def _set_env_common(self) -> None:
        wanted = dict(self.env)
        super()._set_env_common()  # there the caller's environment has the last word
        for name in [name for name in self.env if name in _FOREIGN or name.startswith("VGIC_")]:
            del self.env[name]
        self.env.update(wanted)

    def _build_command(self) -> Any:
        self.waves = self._with_waves
        return super()._build_command()  # type: ignore[safe-super]

    def _test_command(self) -> Any:
        self.waves, self.gui = self._with_waves, False
        return super()._test_command()  # type: ignore[safe-super]


class Icarus(Runner, runner.Icarus):
    """Icarus Verilog."""

    @staticmethod
    def product(top: str) -> str:
        return "sim.vvp"

    @staticmethod
    @functools.cache
    def toolchain() -> tuple[object, ...]:
        """The program's version. Raises UserError if it is not installed."""
        return (tools.version(tools.iverilog(), "-V"),)

    def _test_command(self) -> Any:
        self.plusargs = [*self.plusargs, f"+dumpfile_path={WAVES_FILE}"]
        return super()._test_command()


class Verilator(Runner, runner.Verilator):
    """Verilator, with nothing public but what tb_top.vlt names.

    The cache holds the objects of Verilator's run-time library, the same for all models and most of the
    compile time.
    """

    _OPTIONS: tuple[str, ...] = (
        "--assert",
        "--timing",  # for the transactor, which makes its clock itself
        "-Wno-fatal",  # warnings are for `make lint`
        "--output-split 0",  # one file compiles faster than many
        "--x-assign unique --x-initial unique",  # +verilator+rand+reset decides what is undefined
    )
    _WAVES_OPTIONS = ("--trace-fst", "--trace-structs")
    _MAKE_OPTIONS = ("OPT_FAST=-O1", "OPT_SLOW=", "OPT_GLOBAL=-O2")

    @staticmethod
    def bench(top: str) -> tuple[Path, ...]:
        return (TOPS[top][0].with_suffix(".vlt"), *TOPS[top])

    @staticmethod
    def product(top: str) -> str:
        return top

    @classmethod
    @functools.cache
    def toolchain(cls) -> tuple[object, ...]:
        """The programs' versions and options."""
        programs = [(path, tools.version(path, "--version")) for path in (tools.verilator(), Path("c++"))]
        options = (cls._OPTIONS, cls._WAVES_OPTIONS, cls._MAKE_OPTIONS)
        return (*programs, *options, config.libs_dir, cocotb.__version__)

    def build(self, *args: Any, **kwargs: Any) -> None:
        """Build as the library does, and keep the run-time library's objects."""
        super().build(*args, **kwargs)
        self._cache.mkdir(exist_ok=True)
        for path in self.build_dir.glob("verilated*.o"):
            path.replace(self._cache / path.name)

    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(tools.verilator())

    def _build_command(self) -> Any:
        verilate, make = super()._build_command()
        for unwanted in ("--public-flat-rw", "--trace"):  # --trace means VCD
            if unwanted in verilate:
                verilate.remove(unwanted)
        for options in (*self._OPTIONS, *(self._WAVES_OPTIONS if self.waves else ())):
            verilate += options.split()
        # Copied after the generated makefile is written, the objects are newer: make takes them as they are.
        kept = sorted(map(str, self._cache.glob("*.o")))
        copy = [["cp", *kept, str(self.build_dir)]] if kept else []
        compiler_cache = ["OBJCACHE=ccache"] if shutil.which("ccache") else []
        return [verilate, *copy, [*make, *self._MAKE_OPTIONS, *compiler_cache]]

    def _test_command(self) -> Any:
        if self._with_waves:
            self.test_args = [*self.test_args, "--trace-file", WAVES_FILE]
        return super()._test_command()


class CoveredVerilator(Verilator):
    """Verilator that counts lines, branches, expressions and toggles; each run leaves COVERAGE_FILE."""

    # Not --coverage: Verilator 5.048 stops with an internal error when it looks for state machines, too.
    _OPTIONS = (*Verilator._OPTIONS, "--coverage-line --coverage-expr --coverage-toggle")
