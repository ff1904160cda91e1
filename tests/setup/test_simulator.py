# SPDX-License-Identifier: Apache-2.0
"""Building and running, tried on a toy device."""

import multiprocessing
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tb import simulator, tools
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.runners import Verilator
from tb.simulator import Build, RunResult
from tests.fst import needs_fst
from tests.icarus import needs_icarus

TOY = Path(__file__).parent / "toy" / "gicv2_vif_top.v"
BUILD = Build("verilator", Parameters(num_cpu=1, num_lr=2), variant="toy", sources=(TOY,))


@pytest.fixture(params=["verilator", pytest.param("icarus", marks=needs_icarus)])
def build(request: pytest.FixtureRequest) -> Build:
    return replace(BUILD, sim=request.param)


@pytest.fixture(
    params=[pytest.param("verilator", marks=needs_fst), pytest.param("icarus", marks=needs_icarus)]
)
def build_with_waves(request: pytest.FixtureRequest) -> Build:
    return replace(BUILD, sim=request.param, waves=True)


@pytest.fixture(autouse=True)
def run_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "RUNS", tmp_path / "run")


def run(build: Build, testcase: str | tuple[str, ...] | None = None, *, seed: int = 1) -> RunResult:
    module = "tests.setup.cocotb_toy"
    return simulator.run(build, module, testcase, seed=seed, name="toy", options={"OPTION": "given"})


def test_passing_test_passes(build: Build) -> None:
    result = run(build, "passes")
    assert (result.passed, result.failed, result.failures) == (1, 0, "")
    assert result.ok
    assert "passes" in result.log.read_text()
    assert not list(result.directory.glob("*.fst"))


def test_test_is_chosen_by_its_whole_name(build: Build) -> None:
    result = run(build, ("passes", "fails_not"))
    assert (result.passed, result.failed) == (2, 0)


def test_failing_test_fails_the_run_and_says_why(build: Build) -> None:
    result = run(build, ("passes", "fails"))
    assert (result.passed, result.failed) == (1, 1)
    assert not result.ok
    assert "fails: " in result.failures
    assert "AssertionError: planted" in result.failures


def test_missing_test_fails_the_run(build: Build) -> None:
    result = run(build, ("passes", "pases"))
    assert result.failed == 1
    assert result.failures == "pases: there is no such test"


def test_run_without_any_test_fails(build: Build) -> None:
    result = run(build, "pass")
    assert (result.passed, result.ok) == (0, False)


def test_skipped_test_is_not_a_pass(tmp_path: Path) -> None:
    results = tmp_path / "results.xml"
    results.write_text(
        '<testsuites><testsuite><testcase name="a"><skipped/></testcase></testsuite></testsuites>'
    )
    assert simulator._verdict(results, ()) == (0, [])


def test_module_that_cannot_be_imported_fails_the_run(build: Build) -> None:
    result = simulator.run(build, "no_such_module", seed=1, name="toy")
    assert (result.passed, result.failed) == (0, 1)
    assert "No module named 'no_such_module'" in result.failures


def test_simulation_that_dies_fails_the_run(build: Build) -> None:
    result = run(build, "dies")
    assert (result.passed, result.failed) == (0, 1)
    assert "ended without a verdict" in result.failures


def test_broken_property_fails_the_run(build: Build) -> None:
    result = run(replace(build, defines=("TOY_BREAKS_A_PROPERTY",)), "fails_not")
    assert result.failed > 0
    assert "V2-SIG-2" in result.failures


def test_waves_are_written(build_with_waves: Build) -> None:
    assert (run(build_with_waves, "passes").directory / "waves.fst").stat().st_size > 0


def test_a_simulation_that_dies_leaves_what_it_has(build_with_waves: Build) -> None:
    result = run(build_with_waves, "dies")
    assert (result.passed, result.failed) == (0, 1)


def test_caller_environment_does_not_reach_the_run(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "WAVES": "1",
        "GUI": "1",
        "VGIC_OPTION": "foreign",
        "VGIC_SEED": "foreign",
        "COCOTB_TEST_FILTER": "nothing",
        "COCOTB_RANDOM_SEED": "99",
    }.items():
        monkeypatch.setenv(name, value)
    result = run(build, "passes")
    assert result.ok, result.failures
    assert not list(result.directory.glob("*.fst"))


def test_power_up_is_random_on_demand_and_repeatable() -> None:
    def at_power_up(build: Build, seed: int) -> str:
        log = run(build, "tells_power_up", seed=seed).log.read_text()
        return log.partition("power-up value ")[2].split()[0]

    random = replace(BUILD, random_power_up=True)
    drawn = [at_power_up(random, seed) for seed in (0, 1, 2)]
    assert len({*drawn, at_power_up(BUILD, 1)}) == 4
    assert at_power_up(random, 1) == drawn[1]


def test_icarus_refuses_random_power_up() -> None:
    with pytest.raises(ValueError, match="random_power_up"):
        replace(BUILD, sim="icarus", random_power_up=True)


def test_unknown_simulator_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed is verilator or icarus"):
        replace(BUILD, sim="vcs")


@pytest.mark.parametrize(
    "other",
    [
        replace(BUILD, parameters=Parameters(num_cpu=2, num_lr=2)),
        replace(BUILD, parameters=Parameters(num_cpu=1, num_lr=3)),
        replace(BUILD, parameters=replace(BUILD.parameters, iidr=0)),
        replace(BUILD, parameters=replace(BUILD.parameters, grp_filter=0)),
        replace(BUILD, parameters=replace(BUILD.parameters, hppir_pmr=1)),
        replace(BUILD, parameters=replace(BUILD.parameters, irq_reg=1)),
        replace(BUILD, waves=True),
        replace(BUILD, defines=("NETLIST",)),
        replace(BUILD, sources=()),
    ],
)
def test_build_has_its_own_directory(other: Build) -> None:
    assert simulator._directory(other) != simulator._directory(BUILD)


def test_build_depends_on_its_sources_and_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "gicv2_vif_top.v"
    shutil.copy(TOY, source)
    build = replace(BUILD, sources=(source,))
    before = simulator._directory(build)
    source.write_text(source.read_text() + "// edited\n")
    edited = simulator._directory(build)
    monkeypatch.setattr(Verilator, "toolchain", lambda: ("Verilator 6.000",))
    assert len({before, edited, simulator._directory(build)}) == 3


def test_build_depends_on_no_python_and_not_on_power_up() -> None:
    assert {path.suffix for path in replace(BUILD, sources=()).files} == {".v", ".sv", ".vlt"}
    assert simulator._directory(replace(BUILD, random_power_up=True)) == simulator._directory(BUILD)


def test_broken_source_is_told_with_the_compiler_message(build: Build, tmp_path: Path) -> None:
    source = tmp_path / "broken.v"
    source.write_text("module gicv2_vif_top(input wire aclk)\nendmodule\n")
    broken = replace(build, sources=(source,))
    with pytest.raises(UserError, match=r"does not build(.|\n)*broken\.v:2"):
        simulator.compile(broken)
    assert not simulator._directory(broken).exists()


def test_a_failure_is_told_without_waves_where_they_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for there in (True, False):
        monkeypatch.setattr(tools, "writes_waves", lambda there=there: there)
        assert BUILD.with_waves().waves == there


@pytest.mark.parametrize(
    "message", ["fatal error: lz4.h: No such file or directory", "cannot find -lz: No such file"]
)
def test_missing_waves_library_names_the_apt_command(
    message: str, new_build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator._toolchain(new_build)  # asks the real compiler its version
    compiler = tmp_path / "c++"
    compiler.write_text(f"#!/bin/sh\necho '{message}'\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(UserError, match="sudo apt install liblz4-dev zlib1g-dev"):
        simulator.compile(replace(new_build, waves=True))


def test_parameters_reach_the_device(build: Build) -> None:
    run_of = replace(build, parameters=Parameters(num_cpu=1, num_lr=2, iidr=0xFEDC_BA98))
    assert run(run_of, "shows_iidr").ok


@pytest.fixture
def new_build() -> Iterator[Build]:
    """A build that nobody has made before."""
    build = replace(BUILD, defines=(f"UNUSED_{os.getpid()}",))
    yield build
    directory = simulator._directory(build)
    shutil.rmtree(directory, ignore_errors=True)
    for suffix in (".lock", ".log"):
        Path(f"{directory}{suffix}").unlink(missing_ok=True)


def _compile_and_count(build: Build, counter: Path) -> Path:
    library = Verilator.build

    def build_and_count(self: Verilator, **arguments: object) -> None:
        with counter.open("a") as file:
            file.write("built\n")
        library(self, **arguments)

    Verilator.build = build_and_count  # type: ignore[method-assign]
    return simulator.compile(build)


def test_two_compiles_at_once_make_one_build(new_build: Build, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.starmap(_compile_and_count, [(new_build, counter)] * 2)
    assert first == second == simulator.compile(new_build)
    assert counter.read_text() == "built\n"
    assert [path.name for path in first.iterdir()] == [Verilator.product(BUILD.top)]


def test_fixed_parts_are_compiled_once(new_build: Build) -> None:
    """Those of Verilator, for all builds; the first one leaves them."""
    simulator.compile(BUILD)
    directory = simulator.compile(new_build)
    compiled = re.findall(r"-c -o (\S+)\.o", Path(f"{directory}.log").read_text())
    assert "Vtop__ALL" in compiled
    assert not [name for name in compiled if name.startswith("verilated")]


@pytest.mark.parametrize("top", ["tb_top", "transactor_top"])
def test_no_python_goes_into_a_build(top: str) -> None:
    build = replace(BUILD, top=top)
    assert {path.suffix for path in (*build.files, *build.headers)} <= {".v", ".sv", ".vh", ".vlt"}


def test_nothing_inside_the_device_is_public() -> None:
    result = run(BUILD, "sees_the_wrapper_alone")
    assert result.ok, result.failures


def test_surrounding_make_does_not_reach_the_compiler(
    new_build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEFLAGS", " -- OPT_FAST=--no-such-option CXX=false")
    simulator.compile(new_build)


def test_ccache_compiles_where_there_is_one(
    new_build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ccache, calls = tmp_path / "ccache", tmp_path / "calls"
    ccache.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec "$@"\n')
    ccache.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    simulator.compile(new_build)
    assert "-c -o Vtop__ALL.o" in calls.read_text()


def test_missing_icarus_names_the_apt_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="sudo apt install iverilog"):
        tools.iverilog()
