# SPDX-License-Identifier: Apache-2.0
"""Proofs that a mutant is no error: from every lawful state, its next state and outputs are the device's.

The flip-flops are taken out of the netlist, so that a function from state and inputs to next state and
outputs remains. Device and mutant get the same, and Yosys' SAT solver looks for a lawful state in which they
differ. What is lawful says invariants.toml. That a reset makes it so, and that each edge keeps it so, is
proved of the device first; by induction, an equivalent mutant is at every edge in the state that the device
would be in.
"""

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tb.errors import UserError
from tb.mutation import mutants
from tb.mutation.mutants import DEVICE, SELECT, SELECT_WIDTH, Mutant, relative
from tb.paths import REGISTERS
from tb.synthesis import TOP

INVARIANTS: Final = Path(__file__).with_name("invariants.toml")
TIMEOUT: Final = 60  # seconds of one proof
_HOLDS: Final = "SAT proof finished - no model found: SUCCESS!"
_DIFFERS: Final = "SAT proof finished - model found: FAIL!"
_CLOCK: Final = "aclk"
_RESET: Final = "aresetn"
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


def prove(survivors: Sequence[Mutant], place: Path) -> dict[int, Verdict]:
    """What is known of each. `place`: where their device lies.

    Raises:
        UserError: what is said to be lawful is not.
    """
    if not survivors:
        return {}
    combined, file, miter = (place / name for name in ("survivors.json", "function.json", "miter.sv"))
    mutants.run(
        place / "survivors.ys",
        [
            f"read_rtlil {relative(place / DEVICE)}",
            *(one.command for one in survivors),
            "opt_clean",
            "dffunmap",
            f"write_json {relative(combined)}",
        ],
    )
    function = _function(json.loads(combined.read_text())["modules"][TOP])
    file.write_text(json.dumps({"modules": {"transition": function.module}}))
    miter.write_text("\n".join(_miter(function)), encoding="utf-8")
    commands = [f"read_json {relative(file)}", "design -save function"]
    logs = {number: place / f"proof-{number}.log" for number in (0, *(one.number for one in survivors))}
    for number, log in logs.items():
        commands += [
            "design -load function",
            f"read_verilog -sv -I{relative(REGISTERS)} -DMUTANT={number} {relative(miter)}",
            "hierarchy -top miter",
            "proc",
            "flatten",
            *_SIMPLIFY,
            f"tee -q -o {relative(log)} sat -timeout {TIMEOUT} -prove {'holds' if number else 'lawful'} 1"
            " -show answered,followed",
        ]
    mutants.run(place / "proofs.ys", commands)
    texts = {number: log.read_text() for number, log in logs.items()}
    if _HOLDS not in texts.pop(0):
        raise UserError(f"{INVARIANTS.name}: not all that it says is kept: {relative(logs[0])}")
    return {number: _verdict(text, function) for number, text in texts.items()}


def _function(module: dict[str, Any]) -> _Function:
    state: list[int] = []
    following: list[Any] = []
    for name, cell in list(module["cells"].items()):
        if cell["type"] == "$dff":
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
    places = {bit: number for number, bit in enumerate(state)}
    registers: dict[str, dict[str, list[str]]] = defaultdict(dict)
    called: dict[int, str] = {}
    for name, wire in module["netnames"].items():
        if name.endswith("_q") and all(bit in places or bit in ("0", "1") for bit in wire["bits"]):
            instance, _, register = name.rpartition(".")
            registers[instance][register] = [
                f"state[{places[bit]}]" if bit in places else f"1'b{bit}" for bit in reversed(wire["bits"])
            ]
            called |= dict.fromkeys(wire["bits"], name)
    module["netnames"] = {}
    return _Function(
        module, [called.get(bit, "?") for bit in state], names["input"], names["output"], registers
    )


def _miter(function: _Function) -> Iterator[str]:
    """Device and mutant side by side, and what is lawful, in Verilog."""
    reset = function.pins.index(_RESET)
    yield '`include "gicv2_registers.vh"'
    yield f"module laws (input [{len(function.state) - 1}:0] state, output holds);"
    laws = 0
    for kind, expressions in tomllib.loads(INVARIANTS.read_text(encoding="utf-8")).items():
        for instance, registers in function.registers.items():
            if instance.rpartition(".")[2] == kind:
                yield f"  wire law{laws};"
                yield f"  if (1) begin : g_law{laws}"
                for name, bits in registers.items():
                    yield f"    wire [{len(bits) - 1}:0] {name} = {{{', '.join(bits)}}};"
                text = " && ".join(f"({expression})" for expression in expressions.values())
                yield f"    assign law{laws} = {text};"
                yield "  end"
                laws += 1
    yield f"  assign holds = {' && '.join(f'law{law}' for law in range(laws))};"
    yield "endmodule"
    yield f"""
module miter (
    input [{len(function.pins) - 1}:0] pins, input [{len(function.state) - 1}:0] state,
    output holds, output lawful,
    output [{len(function.answers) - 1}:0] answered, output [{len(function.state) - 1}:0] followed
);
  wire [{len(function.answers) - 1}:0] right_answers, answers;
  wire [{len(function.state) - 1}:0] right_following, following;
  transition device (.{SELECT}({SELECT_WIDTH}'d0), .pins(pins), .state(state),
                     .answers(right_answers), .following(right_following));
  transition mutant (.{SELECT}({SELECT_WIDTH}'d`MUTANT), .pins(pins), .state(state),
                     .answers(answers), .following(following));
  wire before, after;
  laws u_before (.state(state), .holds(before));
  laws u_after (.state(right_following), .holds(after));
  assign lawful = after || pins[{reset}] && !before;
  assign answered = answers ^ right_answers;
  assign followed = following ^ right_following;
  assign holds = !before || answered == 0 && followed == 0;
endmodule
"""


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
