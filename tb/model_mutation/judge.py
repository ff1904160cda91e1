# SPDX-License-Identifier: Apache-2.0
"""A share of the regression, on the models with a mutant: `judge NUMBERS MODULE FILE`.

FILE is imported in place of MODULE. Says what fails first of the checks with these numbers, as JSON, or null.
Checks alone decide: that something is done otherwise than without the mutant is no failure. Nothing here is
written for mutants. With `judge COUNT` it says which functions run in each of the first checks: a mutant in
one that does not cannot be noticed there.

Imports nothing of tb.model before FILE has its place.
"""

import importlib.abc
import importlib.util
import json
import resource
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from copy import deepcopy
from importlib.machinery import ModuleSpec
from io import StringIO
from itertools import chain, islice, product
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Final, NamedTuple

from tb.errors import UserError
from tb.paths import ROOT, SIM_BUILD

MODEL: Final = ROOT / "tb" / "model"
SECONDS: Final = 20  # of processor time, for all of it
MEMORY: Final = 2 << 30  # bytes
TRACES: Final = ROOT / "tests" / "data" / "traces"
SOFTWARE: Final = ROOT / "tests" / "data" / "software"
DIALECTS: Final = ("xen", "kvm17", "kvm19", "classic", "classic-v310")  # three of the new VGIC, two before it
# NUM_LR, virtual and physical CPUs: more of the first than of the second, as many, fewer.
SIZES: Final = ((4, 3, 2), (1, 3, 2), (2, 2, 2), (16, 4, 3), (33, 2, 3))
SHARE: Final = 5  # one in so many traces of software
ENTRIES: Final = 30  # of a co-simulation
RECORDS: Final = 4000  # of a hypervisor's trace of accesses
RECORDINGS: Final = SIM_BUILD / "mutation" / "models"
# The devices that are recorded in lockstep: parameters that are not the default's.
DEVICES: Final[Mapping[str, Mapping[str, int]]] = {
    "default": {},
    "other": {"num_cpu": 3, "num_lr": 5, "grp_filter": 0, "hppir_pmr": 1, "irq_reg": 1, "iidr": 0xFFFF_FFFF},
}
# Tests of single rules and of the checkers, which take seconds, in tests/.
DIRECTED: Final = (
    "ledger/test_*.py",
    "conformance/test_replay_checker.py",
    "conformance/test_trace_format.py",
    "hypervisor/test_*_rules.py",
    "hypervisor/test_lock_order.py",
    "hypervisor/test_new_vgic_[!m]*.py",
    "hypervisor/test_software_trace_format.py",
    "machine/test_locks.py",
    "model/test_model_acknowledge.py",
    "model/test_model_completion.py",
    "model/test_model_device_timing.py",
    "model/test_model_distributor.py",
    "model/test_model_gic.py",
    "model/test_model_maintenance.py",
    "model/test_model_registers.py",
    "model/test_model_selection.py",
    "machine/test_scheduler.py",
    "world_switch/test_hardware.py",
)
SNAPSHOT: Final = 4096  # edges after which a copy of the reference goes on


class Check(NamedTuple):
    """run: what fails, in words; empty if nothing does."""

    name: str
    run: Callable[[], str]


class _Finder(importlib.abc.MetaPathFinder):
    """Has a file imported in place of a module."""

    def __init__(self, module: str, file: Path) -> None:
        self._module: Final = module
        self._file: Final = file

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for any other module."""
        if fullname != self._module:
            return None
        package = ROOT / Path(*fullname.split("."))
        return importlib.util.spec_from_file_location(
            fullname, self._file, submodule_search_locations=[str(package)] if package.is_dir() else None
        )


def checks() -> Iterator[Check]:
    """What soon fails comes first."""
    # Some of each profile: they are sorted by it.
    files = [sorted((SOFTWARE / dialect).glob("*.jsonl.gz"))[::SHARE] for dialect in DIALECTS]
    yield _accesses(sorted(TRACES.glob("directed/*")) + sorted(TRACES.glob("qemu/*-1.*")))
    yield from (_lockstep(*device) for device in DEVICES.items())
    for paths in files:
        yield _conformance(paths[-1:])
    for dialect, (num_lr, vcpus, pcpus) in zip(DIALECTS, SIZES, strict=True):
        yield _cosimulation(dialect, "mixed", num_lr, vcpus, pcpus)
    for paths in files:
        yield _conformance(paths[:-1])
    yield _accesses(sorted(TRACES.glob("qemu/*")))
    yield _accesses(sorted(TRACES.glob("real/*")), RECORDS)
    from tb.model.defects import FIXED
    from tb.model.machine.scenarios import SCENARIOS

    cross = product(enumerate(SCENARIOS), enumerate((DIALECTS[:3], DIALECTS[3:])), enumerate((FIXED, "")))
    for (number, scenario), (kind, versions), (faithful, mended) in cross:
        dialect = versions[(number + faithful) % len(versions)] + mended
        yield _cosimulation(dialect, scenario, *SIZES[(number + 2 * kind + faithful) % len(SIZES)])
    yield Check("directed tests", _directed)


def _accesses(paths: Sequence[Path], limit: int | None = None) -> Check:
    def check() -> str:
        from tb.model.replay import replay_on_model

        summary = replay_on_model(paths, limit)
        return "" if summary.ok else "\n".join([*summary.sentences[:1], str(summary)])

    return Check("traces of accesses", check)


def _lockstep(name: str, parameters: Mapping[str, int]) -> Check:
    """What the device did at each clock edge of a run, all outputs and observations, is what it is to do."""

    def check() -> str:
        from tb.model.hardware.device import Device
        from tb.model.hardware.parameters import Parameters
        from tb.uvm.sample import PORT_WORDS, Layout, differing_pins

        layout = Layout(Parameters(**parameters))
        device = Device(layout.parameters)
        cpus = range(layout.parameters.num_cpu)
        expected = [(device.outputs(cpu), device.observation(cpu)) for cpu in cpus]
        recording = (RECORDINGS / f"{name}.recording").read_bytes()
        if not recording:
            return f"{name} device: nothing is recorded"
        for edge in range(len(recording) // layout.size):
            raw = recording[edge * layout.size : (edge + 1) * layout.size]
            sample = layout.sample(edge, int.from_bytes(raw, "big"))
            for cpu, (outputs, words) in enumerate(expected):
                pins = differing_pins(outputs, sample.ports[PORT_WORDS * cpu :]) if any(raw) else {}
                if pins or (any(raw) and layout.observation(sample.raw, cpu) != words):
                    return f"{name} device, edge {edge}, port {cpu}: {', '.join(pins) or 'observation'}"
            if edge % SNAPSHOT == 0:
                device = deepcopy(device)
            device.clock(sample.aresetn, [sample.inputs(cpu) for cpu in cpus])
            if not device.is_as_before:
                expected = [(device.outputs(cpu), device.observation(cpu)) for cpu in cpus]
        return ""

    return Check("lockstep", check)


def _conformance(paths: Sequence[Path]) -> Check:
    def check() -> str:
        from tb.model.conformance import conform

        summary = conform(paths)
        return "" if summary.ok else "\n".join([*summary.sentences[:1], str(summary)])

    return Check("traces of software", check)


def _cosimulation(dialect: str, scenario: str, num_lr: int, vcpus: int, pcpus: int) -> Check:
    """With all invariants and the rules of flush and sync. What known defects break is expected."""

    def check() -> str:
        from tb.model.cosim import Cosimulation
        from tb.model.hardware.parameters import Parameters
        from tb.model.hypervisor.platform import run
        from tb.model.machine.hardware import ReferenceHardware
        from tb.model.machine.machine import Setup

        hardware = ReferenceHardware(Parameters(num_lr=num_lr, num_cpu=pcpus))
        cosim = Cosimulation(dialect, scenario, Setup(vcpus, pcpus, num_lr, 1, ENTRIES), hardware)
        run(cosim.run())
        return f"{dialect} {scenario}: {cosim.failure}" if cosim.failure else ""

    return Check("co-simulations", check)


def _directed() -> str:
    import pytest

    files = [str(file) for pattern in DIRECTED for file in sorted(ROOT.glob(f"tests/{pattern}"))]
    options = ["-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "-x", "-rfE", "--tb=no"]
    with redirect_stdout(StringIO()) as said:
        status = pytest.main([*options, *files])
    failed = [line for line in said.getvalue().splitlines() if line.startswith(("FAILED", "ERROR"))]
    return "\n".join(failed or ["nothing was tested"]) if status else ""


def first_failure(numbers: Collection[int]) -> tuple[str, str] | None:
    """Of some of the checks, in words: which fails, and how."""
    name = "start"
    try:
        for number, (name, run) in enumerate(checks()):
            words = number in numbers and run()
            if words:
                return name, words
    except Exception as error:
        return name, f"{type(error).__name__}: {error}"
    return None


def _import_all() -> str:
    early = [name for name in sys.modules if name.startswith("tb.model.")]
    if early:
        return f"{early[0]} is there already"
    for file in sorted(MODEL.rglob("*.py")):
        importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    return ""


def functions(count: int) -> Iterator[list[tuple[str, str]]]:
    """Those of tb/model, by file and name, that run when it is imported, and in each of the first checks.

    Raises:
        UserError: a check fails.
    """
    for name, run in chain([Check("start", _import_all)], islice(checks(), count)):
        codes: set[CodeType] = set()

        def call(frame: FrameType, event: str, argument: object, codes: set[CodeType] = codes) -> None:
            codes.add(frame.f_code)

        sys.settrace(call)
        words = run()
        sys.settrace(None)
        if words:
            raise UserError(f"{name}: {words}")
        yield [
            (Path(code.co_filename).relative_to(MODEL).as_posix(), code.co_qualname.partition(".<locals>")[0])
            for code in codes
            if Path(code.co_filename).is_relative_to(MODEL)
        ]


def main(numbers: str, module: str = "", file: str = "") -> None:
    """See above."""
    if not module:
        print(json.dumps(list(functions(int(numbers)))))
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.meta_path.insert(0, _Finder(module, Path(file)))
    print(json.dumps(first_failure(json.loads(numbers))))


if __name__ == "__main__":
    main(*sys.argv[1:])
