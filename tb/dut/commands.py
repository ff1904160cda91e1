# SPDX-License-Identifier: Apache-2.0
"""`make cosim`, `make regress` and `make replay` with DUT: the same on a foreign device."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Final

from tb import settings, simulator
from tb.cases import LIVE, Case, speed, wished
from tb.dut import rules
from tb.dut.build import build
from tb.dut.checker import UnreachableError, place
from tb.dut.cosim import OUTCOMES, RECORDS
from tb.dut.description import OPEN, Description, load
from tb.dut.replay import SUMMARY
from tb.dut.session import ERROR
from tb.errors import UserError
from tb.model import trace
from tb.model.cosim import Outcome
from tb.model.hardware.gic import ALL_BYTES
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.scenarios import SCENARIOS
from tb.model.replay import Summary
from tb.paths import SIM_BUILD, shown
from tb.settings import Settings
from tb.simulator import RunResult

REGRESS_ENTRIES: Final = 200  # guest entries of each case
_COUNTS: Final = {  # of the checker, in the words of a verdict
    "accesses": "accesses",
    "value": "values",
    "response": "responses",
    "lines": "lines",
    "deactivations": "deactivations",
    "states": "states",
}


def cosim(path: Path, wishes: Settings) -> int:
    """One co-simulation; 0 if all was as it must be."""
    description = load(path)
    if (mode := os.environ.get("MODE") or LIVE) != LIVE:
        raise UserError(f"MODE={mode}: with DUT allowed is {LIVE}")
    case = _fitted(wished(wishes), description)
    (outcome,) = simulate(description, [case], wishes)
    print(f"live on {description.design.top} ({description.file}): {speed(outcome)}")
    if outcome.failure:
        print(_explain(case, outcome, description))
    print(outcome.line)
    print(verdict(description, outcome.counts))
    return 1 if outcome.failure else 0


def regress(path: Path, wishes: Settings, seeds: int) -> int:
    """Each hypervisor in each scenario, for so many seeds; 0 if all was as it must be."""
    description = load(path)
    one = _fitted(wished(wishes), description)
    total, failed = Counter[str](), 0
    for seed in range(wishes.seed, wishes.seed + seeds):
        setup = replace(one.setup, seed=seed, entries=settings.count("ENTRIES", REGRESS_ENTRIES))
        for dialect in (name for name in HYPERVISORS if not name.endswith("-fixed")):
            cases = [Case(dialect, scenario, setup) for scenario in SCENARIOS]
            outcomes = simulate(description, cases, wishes)
            wrong = [
                (case, outcome) for case, outcome in zip(cases, outcomes, strict=True) if outcome.failure
            ]
            for case, outcome in wrong:
                print(_explain(case, outcome, description))
            print(f"{dialect} SEED={seed}: {len(cases)} scenarios, {len(wrong)} failed; {speed(*outcomes)}")
            for outcome in outcomes:
                total.update(outcome.counts)
            failed += len(wrong)
    print(verdict(description, total))
    return 1 if failed else 0


def _explain(case: Case, outcome: Outcome, description: Description) -> str:
    """What went wrong, and how to run it again."""
    sizes = {name: getattr(case.setup, name.lower()) for name in ("SEED", "ENTRIES", "VCPUS")}
    variables = {"DUT": shown(description.file), "DIALECT": case.choice, "SCENARIO": case.scenario, **sizes}
    again = " ".join(f"{name}={value}" for name, value in variables.items())
    return f"{outcome.failure}\nagain: make cosim {again}"


def simulate(description: Description, cases: Sequence[Case], wishes: Settings) -> list[Outcome]:
    """Run cases on a device, all in one simulation. UserError where it is not as described."""
    options = {"CASES": json.dumps([(*case[:2], asdict(case.setup)) for case in cases])}
    result = _run(description, "tb.dut.cosim", wishes, options)
    left = result.directory / OUTCOMES
    lines = left.read_text(encoding="utf-8").splitlines() if left.exists() else []
    outcomes = [Outcome(**json.loads(line)) for line in lines]
    for number, (case, outcome) in enumerate(zip(cases, outcomes, strict=False)):
        records = result.directory / RECORDS.format(number)
        if records.exists():
            kept = (
                SIM_BUILD
                / "fail"
                / f"{description.design.top}-{case.name}-{case.scenario}-{case.setup.seed}.jsonl.gz"
            )
            kept.parent.mkdir(parents=True, exist_ok=True)
            records.replace(kept)
            variables = f"DUT={shown(description.file)} TRACE={shown(kept)}"
            again = f"accesses: make replay {variables}\nsmaller: make shrink {variables}"
            outcomes[number] = replace(outcome, failure=f"{outcome.failure}\n{again}")
    for case in cases[len(outcomes) :]:
        outcomes.append(Outcome(f"cosim: {case}: no verdict", result.failures))
    return outcomes


def replay(path: Path, traces: Sequence[Path], wishes: Settings, records: int | None = None) -> int:
    """Replay traces, or the first `records` of each; 0 if something was compared and nothing differs."""
    description = load(path)
    for file in traces:
        _check_trace(file, description, records)
    options = {"TRACES": json.dumps([str(file.resolve()) for file in traces]), "RECORDS": str(records or "")}
    result = _run(description, "tb.dut.replay", wishes, options)
    left = result.directory / SUMMARY
    summary, counts = Summary(mismatches=1), Counter[str]()
    if left.exists():
        fields, counts = json.loads(left.read_text())
        summary = Summary(**fields)
    else:
        print(result.failures)
    print(*summary.sentences, sep="\n", end="\n" * bool(summary.sentences))
    print(summary)
    print(verdict(description, counts))
    return 0 if summary.ok else 1


def shrink(path: Path, trace_file: Path, wishes: Settings, options: Mapping[str, str]) -> RunResult:
    """Run tb/dut/shrink.py with these options."""
    description = load(path)
    _check_trace(trace_file, description, None)
    return _run(description, "tb.dut.shrink", wishes, options)


def verdict(description: Description, counts: Mapping[str, int]) -> str:
    """How often what was compared, and what was not."""
    compared = ", ".join(f"{counts.get(kind, 0)} {words}" for kind, words in _COUNTS.items())
    return f"compared with the reference: {compared}\n{rules.sentence(description)}"


def _fitted(case: Case, description: Description) -> Case:
    """The case on as many CPUs and list registers as the device has."""
    fixed = {"PCPUS": description.num_cpu, "NUM_CPU": description.num_cpu, "NUM_LR": description.num_lr}
    fixed |= dict.fromkeys(("IIDR", "GRP_FILTER", "HPPIR_PMR", "IRQ_REG"))
    for name, value in fixed.items():
        wish = os.environ.get(name)
        if wish and wish != str(value):
            raise UserError(f"{name}={wish}: {description.file} says what the device has; leave {name} away")
    return case._replace(setup=replace(case.setup, pcpus=description.num_cpu))


def _run(description: Description, module: str, wishes: Settings, options: Mapping[str, str]) -> RunResult:
    result = simulator.run(
        build(description, wishes.sim, wishes.waves),
        module,
        seed=wishes.seed,
        name="dut",
        options={"DESCRIPTION": str(description.file.resolve()), **options},
    )
    error = result.directory / ERROR
    if error.exists():
        raise UserError(error.read_text())
    return result


def _check_trace(path: Path, description: Description, records: int | None) -> None:
    """UserError where a file is no trace, or has an access that cannot be made on the device."""
    strobes, refusals = description.bus.signals.strobes, description.choices.refusals
    try:
        for line, record in enumerate(islice(trace.read(path), records), 1):
            if record.address is None:
                continue
            try:
                place(description, record.address)
            except UnreachableError as error:
                raise UserError(f"{path}:{line}: {error}; this trace is not for the device") from None
            partial = record.op == "w" and record.strb != ALL_BYTES
            if (partial and strobes is None) or ((partial or record.address & 3) and refusals == OPEN):
                raise UserError(
                    f"{path}:{line}: an access that the device must refuse (V2-MAP-7), "
                    f"which {description.file} does not let it do"
                )
    except trace.TraceError as error:
        raise UserError(str(error)) from None
