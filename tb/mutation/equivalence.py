# SPDX-License-Identifier: Apache-2.0
"""Proofs that a mutant is no error: from reset on, its outputs are the device's.

The flip-flops are taken out of the netlist, so that a function from state and inputs to next state and
outputs remains. Device and mutant get the same, and Yosys' SAT solver looks for a lawful state in which they
differ. If there is none, then by induction they never do. Where they differ in a register that is not always
read, a second proof lets them: from states that look alike they come to states that look alike. This holds of
the first reset, too, since what the device does at a reset does not depend on its state (formal/reset.sv).

What is lawful, and what of a register is read, says invariants.toml. That a reset makes the device's state
lawful, and that each edge keeps it so, is proved first.
"""

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tb.errors import UserError
from tb.mutation import mutants
from tb.mutation.mutants import DEVICE, SELECT, SELECT_WIDTH, Mutant, relative
from tb.paths import REGISTERS
from tb.synthesis import TOP

INVARIANTS: Final = Path(__file__).with_name("invariants.toml")
TIMEOUT: Final = 120  # seconds of one proof
_HOLDS: Final = "SAT proof finished - no model found: SUCCESS!"
_DIFFERS: Final = "SAT proof finished - model found: FAIL!"
_CLOCK: Final = "aclk"
_RESET: Final = "aresetn"
_UNDER: Final = {  # outputs that count only while another one is high, as in the scoreboard
    "s_axi_rdata": "s_axi_rvalid",
    "s_axi_rresp": "s_axi_rvalid",
    "s_axi_bresp": "s_axi_bvalid",
    "deact_id": "deact_valid",
    "deact_cpu": "deact_valid",
}
_SIMPLIFY: Final = ("opt_expr", "opt_merge", "opt_clean") * 3  # leaves what a mutant changes


@dataclass(frozen=True)
class Verdict:
    """equivalent: it is proved. witness: else, in which signals it can differ; or why there is no answer."""

    equivalent: bool
    witness: str


@dataclass(frozen=True)
class _Function:
    """The device without its flip-flops. state, pins, answers: the name of each bit of these ports."""

    module: dict[str, Any]
    state: list[str]
    pins: list[str]
    answers: list[str]
    registers: dict[
        str, dict[str, list[str]]
    ]  # instance -> register -> its bits, as Verilog, the highest first


def prove(survivors: Sequence[Mutant], place: Path, jobs: int = 1) -> dict[int, Verdict]:
    """What is known of each. `place`: where their device lies; `jobs`: solvers at one time.

    Raises:
        UserError: what is said to be lawful is not.
    """
    if not survivors:
        return {}
    device, combined = place / "device.json", place / "survivors.json"
    mutants.run(
        place / "survivors.ys",
        [
            f"read_rtlil {relative(place / DEVICE)}",
            "design -save device",
            "dffunmap",
            f"write_json {relative(device)}",
            "design -load device",
            *(one.command for one in survivors),
            "opt_clean",
            "dffunmap",
            f"write_json {relative(combined)}",
        ],
    )
    function = _function(*(json.loads(file.read_text())["modules"][TOP] for file in (device, combined)))
    (place / "function.json").write_text(json.dumps({"modules": {"transition": function.module}}))
    (place / "miter.sv").write_text("\n".join(_miter(function)), encoding="utf-8")
    numbers = [one.number for one in survivors]
    (lawful,) = _solve(place, "lawful", [0], 1).values()
    if _HOLDS not in lawful:
        raise UserError(f"{INVARIANTS.name}: not all that it says is kept")
    logs = _solve(place, "same", numbers, jobs)
    logs |= _solve(place, "alike", [number for number, log in logs.items() if _HOLDS not in log], jobs)
    return {number: _verdict(log, function) for number, log in logs.items()}


def _solve(place: Path, claim: str, numbers: Sequence[int], jobs: int) -> dict[int, str]:
    """What the solver says of an output of the miter, for each mutant. Raises UserError if it cannot."""

    def solve(some: Sequence[int]) -> None:
        commands = [
            'logger -werror "implicitly declared"',
            f"read_json {relative(place / 'function.json')}",
            "design -save function",
        ]
        for number in some:
            commands += [
                "design -load function",
                f"read_verilog -sv -I{relative(REGISTERS)} -DMUTANT={number} -D{claim.upper()} "
                + relative(place / "miter.sv"),
                "hierarchy -top miter",
                "proc",
                "flatten",
                "check -assert",
                *_SIMPLIFY,
                f"tee -q -o {relative(logs[number])} sat -timeout {TIMEOUT} -prove {claim} 1"
                " -show answered,followed",
            ]
        if some:
            mutants.run(place / f"{claim}-{some[0]}.ys", commands)

    logs = {number: place / f"{claim}-{number}.log" for number in numbers}
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(solve, (numbers[first::jobs] for first in range(jobs))))
    return {number: log.read_text() for number, log in logs.items()}


def _function(device: dict[str, Any], module: dict[str, Any]) -> _Function:
    """The module, which has mutants, as a function; what its state is called says the device without them."""
    state: list[int] = []
    following: list[Any] = []
    places: dict[int, int] = {}  # a bit of the device -> its place in the state
    for name, cell in list(module["cells"].items()):
        if cell["type"] == "$dff":
            right = device["cells"][name]["connections"]["Q"]
            places |= {bit: len(state) + number for number, bit in enumerate(right)}
            state += cell["connections"]["Q"]
            following += cell["connections"]["D"]
            del module["cells"][name]
    bits: dict[str, list[Any]] = {"input": [], "output": []}
    names: dict[str, list[str]] = {"input": [], "output": []}
    for name, port in module["ports"].items():
        if name not in (_CLOCK, SELECT):
            bits[port["direction"]] += port["bits"]
            names[port["direction"]] += [name] * len(port["bits"])
    module["ports"] = {
        SELECT: module["ports"][SELECT],
        "pins": {"direction": "input", "bits": bits["input"]},
        "state": {"direction": "input", "bits": state},
        "answers": {"direction": "output", "bits": bits["output"]},
        "following": {"direction": "output", "bits": following},
    }
    registers: dict[str, dict[str, list[str]]] = defaultdict(dict)
    called: dict[int, str] = {}
    for name, wire in device["netnames"].items():
        if name.endswith("_q") and all(bit in places or bit in ("0", "1") for bit in wire["bits"]):
            instance, _, register = name.rpartition(".")
            registers[instance][register] = [
                f"state[{places[bit]}]" if bit in places else f"1'b{bit}" for bit in reversed(wire["bits"])
            ]
            called |= dict.fromkeys(wire["bits"], name)
    module["netnames"] = {}
    return _Function(
        module, [called.get(bit, "?") for bit in places], names["input"], names["output"], registers
    )


def _miter(function: _Function) -> Iterator[str]:
    """Device and mutant side by side, and what invariants.toml says of a state, in Verilog."""
    pins, state, answers = (
        f"[{len(names) - 1}:0]" for names in (function.pins, function.state, function.answers)
    )
    yield '`include "gicv2_registers.vh"'
    yield f"module look (input {state} state, output lawful, output {state} seen);"
    seen = [f"state[{place}]" for place in range(len(function.state))]
    laws: list[str] = []
    for kind, says in tomllib.loads(INVARIANTS.read_text(encoding="utf-8")).items():
        for instance, registers in function.registers.items():
            if instance.rpartition(".")[2] != kind:
                continue
            law = f"law{len(laws)}"
            laws.append(law)
            read = {name: f"{law}_{name}" for name in says.get("reads", {})}
            yield f"  wire {law};"
            for name, wire in read.items():
                yield f"  wire [{len(registers[name]) - 1}:0] {wire};"
                for bit, place in enumerate(reversed(registers[name])):
                    if place in seen:
                        seen[seen.index(place)] = f"{wire}[{bit}]"
            yield f"  if (1) begin : g_{law}"
            for name, bits in registers.items():
                yield f"    wire [{len(bits) - 1}:0] {name} = {{{', '.join(bits)}}};"
            conditions = [f"({expression})" for expression in says.get("laws", {}).values()]
            yield f"    assign {law} = {' && '.join(conditions) or 1};"
            for name, wire in read.items():
                yield f"    assign {wire} = {says['reads'][name]};"
            yield "  end"
    yield f"  assign lawful = {' && '.join(laws)};"
    yield f"  assign seen = {{{', '.join(reversed(seen))}}};"
    yield "endmodule"
    # All that is always read is the same in states that look alike.
    twin = [
        f"state[{place}]" if one == f"state[{place}]" else f"other[{place}]" for place, one in enumerate(seen)
    ]
    yield f"""
module miter (
    input {pins} pins, input {state} state, other,
    output lawful, same, alike, output {answers} answered, output {state} followed
);
`ifdef ALIKE
  wire {state} twin = {{{", ".join(reversed(twin))}}};
`else
  wire {state} twin = state;
`endif
  wire {answers} right_answers, answers;
  wire {state} right_following, following;
  transition device (.{SELECT}({SELECT_WIDTH}'d0), .pins(pins), .state(state),
                     .answers(right_answers), .following(right_following));
  transition mutant (.{SELECT}({SELECT_WIDTH}'d`MUTANT), .pins(pins), .state(twin),
                     .answers(answers), .following(following));

  wire before, after, unused_a, unused_b;
  wire {state} seen, twin_seen, next_seen, twin_next_seen;
  look u_device (.state(state), .lawful(before), .seen(seen));
  look u_mutant (.state(twin), .lawful(unused_a), .seen(twin_seen));
  look u_next_device (.state(right_following), .lawful(after), .seen(next_seen));
  look u_next_mutant (.state(following), .lawful(unused_b), .seen(twin_next_seen));

  wire running = pins[{function.pins.index(_RESET)}];
  wire related = before && seen == twin_seen;
  assign answered = (answers ^ right_answers) & {{{", ".join(reversed(list(_meant(function.answers))))}}};
  assign followed = following ^ right_following;
  assign lawful = after || running && !before;
  assign same = !before || answered == 0 && followed == 0;
  assign alike = (next_seen == twin_next_seen || running && !related) && (answered == 0 || !related);
endmodule
"""


def _meant(answers: Sequence[str]) -> Iterator[str]:
    """For each bit of the outputs, when it counts, in Verilog."""
    for place, name in enumerate(answers):
        if name not in _UNDER:
            yield "1'b1"
        else:
            width, valid = answers.count(name), _UNDER[name]
            cpu = (place - answers.index(name)) * answers.count(valid) // width
            yield f"right_answers[{answers.index(valid) + cpu}]"


def _verdict(log: str, function: _Function) -> Verdict:
    if _HOLDS in log:
        return Verdict(True, "")
    if _DIFFERS not in log:
        return Verdict(False, f"no answer within {TIMEOUT} s")
    names: list[str] = []
    for port, called in (("answered", function.answers), ("followed", function.state)):
        bits = re.search(rf"\\{port} .*?([01]+)$", log, re.M)
        assert bits is not None
        names += [name for name, bit in zip(called, reversed(bits[1]), strict=True) if bit == "1"]
    return Verdict(False, ", ".join(dict.fromkeys(names)))
