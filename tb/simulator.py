# SPDX-License-Identifier: Apache-2.0
"""Builds the device with a simulator and runs cocotb tests on it.

A build is made once for each set of sources, parameters, options and tool versions, and kept in
sim_build/build/. Builds and runs may go on in any number of processes at the same time.
"""

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from filelock import FileLock

from tb import progress, runners, tools, watch, waves
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import REGISTERS, RTL, SIM_BUILD

BUILDS = SIM_BUILD / "build"
RUNS = SIM_BUILD / "run"

# How Verilator, which stops, and Icarus, which goes on, begin the line of an assertion that fails.
_ASSERTION = re.compile(r"(\[\d+\] %Error|ERROR): ")
_RUNNERS: dict[str, type[runners.Runner]] = {"verilator": runners.Verilator, "icarus": runners.Icarus}


@dataclass(frozen=True)
class Build:
    """What to simulate.

    sim              a name of tb.settings.SIMULATORS
    parameters       of the device
    waves            its runs write an FST file
    variant          what the device is, in one word, for the name of the directory
    random_power_up  its runs draw what flip-flops hold before reset from the seed (Verilator only)
    sources          Verilog files of the device; rtl/**.v if empty
    defines          Verilog macros
    top              what drives the device, a name of tb.runners.TOPS
    coverage         its runs count what of the sources they use (Verilator only)
    """

    sim: str
    parameters: Parameters
    waves: bool = False
    variant: str = "rtl"
    random_power_up: bool = False
    sources: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    top: str = "tb_top"
    coverage: bool = False

    def __post_init__(self) -> None:
        if self.sim not in _RUNNERS:
            raise ValueError(f"simulator {self.sim!r}: allowed is {' or '.join(_RUNNERS)}")
        if self.random_power_up and self.sim != "verilator":
            raise ValueError("random_power_up needs Verilator: Icarus powers up with X")

    @property
    def label(self) -> str:
        """The build in a few words, fit for a file name."""
        parameters = self.parameters
        extras = "-waves" * self.waves + "-coverage" * self.coverage
        return f"{self.sim}-{self.variant}-lr{parameters.num_lr}-cpu{parameters.num_cpu}{extras}"

    @property
    def runner(self) -> type[runners.Runner]:
        """What builds and runs it."""
        return runners.CoveredVerilator if self.coverage else _RUNNERS[self.sim]

    def with_transactor(self) -> "Build":
        """The same device beside a transactor."""
        return replace(self, variant=f"{self.variant}-transactor", top="transactor_top", waves=False)

    def with_waves(self) -> "Build":
        """The same, with waves where this machine can write them."""
        return replace(self, waves=self.sim == "verilator" and tools.writes_waves())

    @property
    def includes(self) -> tuple[Path, ...]:
        """Directories of included files."""
        return (REGISTERS,)

    @property
    def headers(self) -> tuple[Path, ...]:
        """Included files."""
        return tuple(sorted(REGISTERS.glob("*.vh")))

    @property
    def verilog_parameters(self) -> Mapping[str, Any]:
        """Parameters of the top, by their Verilog names."""
        return {name.upper(): value for name, value in asdict(self.parameters).items()}

    @property
    def files(self) -> tuple[Path, ...]:
        """The source files, device first."""
        return (*(self.sources or sorted(RTL.rglob("*.v"))), *self.runner.bench(self.top))


@dataclass(frozen=True)
class RunResult:
    """What a run of cocotb tests came to.

    passed, failed  numbers of tests; a run without a verdict counts as one that failed
    seconds         wall-clock time
    log             what the simulation printed
    directory       where it ran: log.txt, results.xml and, with waves, waves.fst and waves.gtkw
    failures        the failed tests with their reasons; empty if all passed
    """

    passed: int
    failed: int
    seconds: float
    log: Path
    directory: Path
    failures: str

    @property
    def ok(self) -> bool:
        """Whether there was a test, and all passed."""
        return self.passed > 0 and self.failed == 0


def make(target: str, build: Build, **variables: object) -> str:
    """The make command for *target* on *build*; what has its default is left out."""
    default = Build("verilator", Parameters())
    if build.sim != default.sim:
        variables["SIM"] = build.sim
    usual = asdict(default.parameters)
    for name, value in asdict(build.parameters).items():
        if value != usual[name]:
            variables[name.upper()] = value
    words = ["make", target, *(f"{name}={value}" for name, value in variables.items())]
    return " ".join(word for word in words if word)


def compile(build: Build) -> Path:
    """The directory of the compiled *build*, which is made if it is not there.

    Raises UserError with the simulator's error messages if the sources do not build.
    """
    directory = _directory(build)
    if directory.is_dir():
        return directory
    BUILDS.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{directory}.lock"):
        if not directory.is_dir():
            new = tempfile.TemporaryDirectory(dir=BUILDS, prefix=".new-")
            with new as scratch, progress.bar(f"building {build.label}"):
                _compile(build, Path(scratch), Path(f"{directory}.log")).rename(directory)
    return directory


def run(
    build: Build,
    module: str,
    testcase: str | Sequence[str] | None = None,
    *,
    seed: int,
    name: str,
    options: Mapping[str, str] | None = None,
    plusargs: Sequence[str] = (),
    waves_at: Path | None = None,
) -> RunResult:
    """Run cocotb tests on *build*, in a directory of their own whose name begins with *name*.

    module    Python module of the tests
    testcase  names of the tests to run, with all their parameter sets unless the name holds one ("test/n=1");
              every test of the module if None
    seed      of all randomness; reaches the tests as VGIC_SEED
    options   reach the tests as environment variables: {"RECORDS": "9"} as VGIC_RECORDS=9
    plusargs  reach the simulator
    waves_at  where waves of tb_top go, if the build has them; by default beside the log

    The tests find the parameters, in JSON, in VGIC_PARAMETERS, and in VGIC_REPEAT the command that runs
    them again. Raises UserError if the sources do not build.
    """
    compiled = compile(build)
    tests = [testcase] if isinstance(testcase, str) else testcase or ()
    RUNS.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(dir=RUNS, prefix=f"{name}-"))
    directory.chmod(0o755)
    log, results = directory / "log.txt", directory / "results.xml"
    runner = _runner(build)
    start = time.perf_counter()
    try:
        with watch.watched(directory, name):
            runner.test(
                hdl_toplevel=build.top,
                hdl_toplevel_lang="verilog",
                test_module=module,
                test_filter=rf"^{re.escape(module)}\.({'|'.join(map(re.escape, tests))})(/|$)"
                if tests
                else None,
                build_dir=compiled,
                test_dir=directory,
                results_xml=str(results),
                log_file=log,
                seed=seed,
                extra_env={
                    **{f"VGIC_{option}": value for option, value in (options or {}).items()},
                    "VGIC_SEED": str(seed),
                    "VGIC_PARAMETERS": json.dumps(asdict(build.parameters)),
                    "VGIC_REPEAT": _command(build, module, tests, seed),
                },
                plusargs=[*plusargs, *(_power_up(seed) if build.random_power_up else ())],
            )
        ended_well = True
    except (RuntimeError, SystemExit):  # how the runner tells that the simulator or a test failed
        ended_well = False
    seconds = time.perf_counter() - start
    passed, failures = _verdict(results, tests)
    lines = log.read_text(errors="replace").splitlines()
    assertions = [line for line in lines if _ASSERTION.match(line)]
    if assertions:
        failures.append("\n".join(assertions[:20]))
    if not failures and not (passed and ended_well):
        failures = ["\n".join([f"{module}: the simulation ended without a verdict", *lines[-20:]])]
    if (file := directory / runners.WAVES_FILE).exists():
        known = build.top == "tb_top"
        print(f"waves: {waves.keep(file, build.parameters, waves_at or file) if known else file}")
    return RunResult(passed, len(failures), seconds, log, directory, "\n\n".join(failures))


def _command(build: Build, module: str, tests: Sequence[str], seed: int) -> str:
    """The make command that runs the same again: a seed's traffic is the same however much of it there is."""
    name = ".".join([module.rpartition(".")[2], *(tests if len(tests) == 1 else ())])
    return make("", build, TEST=name, SEED=seed)


def _power_up(seed: int) -> list[str]:
    verilator_seed = seed % 0x7FFF_FFFF + 1  # 0 would be drawn anew in each run
    return ["+verilator+rand+reset+2", f"+verilator+seed+{verilator_seed}"]


def _verdict(results: Path, tests: Iterable[str]) -> tuple[int, list[str]]:
    """How many tests passed, and why each other one did not; a test that did not run is one of those."""
    try:
        cases = list(ElementTree.parse(results).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return 0, []
    names = {name for case in cases for name in (case.attrib["name"], case.attrib["name"].split("/")[0])}
    failures = [f"{test}: there is no such test" for test in tests if test not in names]
    passed = 0
    for case in cases:
        reasons = [child for child in case if child.tag in ("failure", "error")]
        if reasons:
            text = "\n".join(child.text or child.get("message") or "" for child in reasons)
            failures.append(f"{case.attrib['name']}: {text}")
        elif case.find("skipped") is None:
            passed += 1
    return passed, failures


def _runner(build: Build) -> runners.Runner:
    cache = BUILDS / f"{build.sim}{'-waves' * build.waves}-{_hash(_toolchain(build))}"
    return build.runner(build.waves, cache)


def _toolchain(build: Build) -> bytes:
    return repr(build.runner.toolchain()).encode()


def _directory(build: Build) -> Path:
    """Named by a hash of everything that goes into the compiled build."""
    parts = [repr((build.verilog_parameters, build.waves, build.defines)).encode(), _toolchain(build)]
    for path in (*build.files, *build.headers):
        parts += [bytes(path), path.read_bytes()]
    return BUILDS / f"{build.label}-{_hash(*parts)}"


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()[:16]


def _compile(build: Build, scratch: Path, log: Path) -> Path:
    """Compile in *scratch*; returns a directory there that holds what a run needs, and no more."""
    runner = _runner(build)
    try:
        runner.build(
            hdl_toplevel=build.top,
            sources=build.files,
            includes=build.includes,
            defines=dict.fromkeys((*build.defines, *[runners.WAVES_MACRO] * build.waves), 1),
            parameters=build.verilog_parameters,
            timescale=("1ns", "1ps"),
            build_dir=scratch / "work",
            log_file=log,
        )
    except RuntimeError:
        raise UserError(_build_error(build, log)) from None
    kept = scratch / "kept"
    kept.mkdir()
    product = runner.product(build.top)
    (scratch / "work" / product).rename(kept / product)
    return kept


def _build_error(build: Build, log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    if any(re.search(r"(lz4|zlib)\.h: No such file|cannot find -l(lz4|z)\b", line) for line in lines):
        return "WAVES=1 needs two libraries: sudo apt install liblz4-dev zlib1g-dev"
    errors = [line for line in lines if "error" in line.lower()] or lines[-5:]
    return "\n".join([f"{build.label} does not build; the whole log is {log}", *errors[:20]])
