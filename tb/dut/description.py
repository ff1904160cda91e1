# SPDX-License-Identifier: Apache-2.0
"""The description of a foreign device: a TOML file, as docs/your-rtl.md has it."""

import glob
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tb.dut.bus.kinds import KINDS, Kind
from tb.dut.table import Table
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters

OPEN: Final = "open"  # a choice that the checker does not hold the device to
CPU: Final = "{cpu}"  # in the name of a port: the CPU's number
MODULE: Final = re.compile(r"^\s*module\s+(?:automatic\s+)?(\w+)", re.MULTILINE)
LINES: Final = ("maint", "virq", "vfiq")
_TABLES: Final = {  # and their keys
    "design": ("sources", "include_dirs", "top", "parameters", "defines", "ties"),
    "clock": ("port",),
    "reset": ("port", "active"),
    "bus": ("kind", "prefix", "names", "gich", "gicv", "gich_of_cpu"),
    "lines": (*LINES, "latency"),
    "deactivation": ("valid", "id", "ready"),
    "observation": ("port", "first"),
    "device": ("num_cpu", "num_lr", "iidr"),
    "choices": ("grp_filter", "hppir_pmr", "tie", "eoi_no_match", "reset", "refusals"),
}


@dataclass(frozen=True)
class Pin:
    """A port of one bit, or of one bit a CPU."""

    port: str
    active_low: bool = False


@dataclass(frozen=True)
class Design:
    """What is compiled; `ties` are inputs and the values that they are held at."""

    top: str
    sources: tuple[Path, ...]
    include_dirs: tuple[Path, ...]
    defines: tuple[str, ...]
    parameters: Mapping[str, int | str]
    ties: Mapping[str, int]


@dataclass(frozen=True)
class Bus:
    """How the registers are reached.

    kind   a name of tb.dut.bus.kinds.KINDS
    ports  signal of the kind -> port
    named  signals that the file gives a port of its own, so that it must be there
    gich   address of GICH_HCR in the CPU's own view
    gicv   address of GICV_CTLR
    gich_of_cpu  address of CPU 0's GICH as all CPUs see it, others 0x200 apart (V2-MAP-2); None: no such view
    """

    kind: str
    ports: Mapping[str, str]
    named: frozenset[str]
    gich: int
    gicv: int
    gich_of_cpu: int | None

    @property
    def signals(self) -> Kind:
        return KINDS[self.kind]


@dataclass(frozen=True)
class Deactivation:
    """Requests to deactivate a physical interrupt: one at each clock edge with valid, and any ready."""

    valid: str
    id: str
    ready: str | None


@dataclass(frozen=True)
class Observation:
    """A port with words of 32 bits, lowest first; HCR is word `first`, then as VirtualInterface.words."""

    port: str
    first: int


@dataclass(frozen=True)
class Choices:
    """What the specification leaves to the device ([C] there); OPEN: not compared."""

    grp_filter: int
    hppir_pmr: int
    tie: str
    eoi_no_match: str
    reset: str
    refusals: str


@dataclass(frozen=True)
class Description:
    """A foreign device.

    latency  clock cycles from the edge that ends an access until lines and deactivation have followed it
    num_lr   list registers a bank; None: as GICH_VTR says
    """

    file: Path
    design: Design
    clock: str
    reset: Pin
    bus: Bus
    lines: Mapping[str, Pin]
    latency: int
    deactivation: Deactivation | None
    observation: Observation | None
    num_cpu: int
    num_lr: int | None
    iidr: int | None
    choices: Choices

    def parameters(self, num_lr: int) -> Parameters:
        """Those of the reference."""
        iidr = {} if self.iidr is None else {"iidr": self.iidr}
        filters = {"grp_filter": self.choices.grp_filter, "hppir_pmr": self.choices.hppir_pmr}
        return Parameters(num_cpu=self.num_cpu, num_lr=num_lr, **iidr, **filters)


def load(path: Path) -> Description:
    """The description in a file. UserError where there is none, or where it is not as it must be."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; DUT names the description of a device") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: no TOML: {error}") from None
    for name in content:
        if name not in _TABLES:
            raise UserError(f"{path}: knows no [{name}]; allowed is {', '.join(_TABLES)}")
    tables = {name: Table(path, name, content.get(name, {}), keys) for name, keys in _TABLES.items()}
    device = tables["device"]
    num_cpu = device.integer("num_cpu", 1, 8, 1)
    lines, latency = _lines(tables["lines"])
    description = Description(
        path,
        _design(path, tables["design"]),
        tables["clock"].text("port", "the clock's port"),
        _reset(tables["reset"]),
        _bus(tables["bus"]),
        lines,
        latency,
        _deactivation(tables["deactivation"]) if "deactivation" in content else None,
        _observation(tables["observation"]) if "observation" in content else None,
        num_cpu,
        device.integer("num_lr", 1, 64) if device.has("num_lr") else None,
        device.integer("iidr", 0, 0xFFFF_FFFF) if device.has("iidr") else None,
        _choices(tables["choices"]),
    )
    for key, port in _banked(description):
        if num_cpu > 1 and CPU not in port:
            raise UserError(
                f"{path}: {key} = {port!r}: allowed is a name with {CPU} in it, as num_cpu is {num_cpu}"
            )
    taken: dict[str, str] = {}
    for key, port in _ports(description):
        if port in taken:
            raise UserError(f"{path}: {key} = {port!r}: allowed is a port of its own, this is {taken[port]}")
        taken[port] = key
    return description


def _ports(description: Description) -> Iterator[tuple[str, str]]:
    """The ports that the file tells of, by the keys that name them."""
    yield "[clock] port", description.clock
    yield "[reset] port", description.reset.port
    bus = description.bus
    for signal, port in bus.ports.items():
        if signal in bus.signals.required or signal in bus.named:
            yield f"[bus] {signal}", port
    for name, pin in description.lines.items():
        yield f"[lines] {name}", pin.port
    if own := description.deactivation:
        yield from (("[deactivation] valid", own.valid), ("[deactivation] id", own.id))
        yield from [("[deactivation] ready", own.ready)] if own.ready else []
    if description.observation:
        yield "[observation] port", description.observation.port
    for port in description.design.ties:
        yield "[design] ties", port


def _banked(description: Description) -> list[tuple[str, str]]:
    """The ports that each CPU must have its own of, by the keys that name them."""
    ports = [("[bus] prefix or names", port) for port in description.bus.ports.values()]
    if description.deactivation:
        ports += [
            ("[deactivation] valid", description.deactivation.valid),
            ("[deactivation] id", description.deactivation.id),
        ]
    return ports


def _design(path: Path, table: Table) -> Design:
    folder = path.parent.resolve()
    sources: list[Path] = []
    for pattern in table.texts("sources", "file names or patterns, from the folder of this file"):
        names = glob.glob(pattern, root_dir=folder, recursive=True)
        found = sorted(file for name in names if (file := (folder / name).resolve()).is_file())
        if not found:
            there = ", ".join(sorted(item.name for item in folder.iterdir()))
            raise UserError(
                f"{path}: [design] sources: no file is {pattern!r}; in {folder} there are {there}"
            )
        sources += [file for file in found if file not in sources]
    includes = []
    for name in table.texts("include_dirs", "folders, from that of this file", ()):
        if not (folder / name).is_dir():
            raise UserError(f"{path}: [design] include_dirs: {folder / name} is no folder")
        includes.append(folder / name)
    top = table.text("top", "the module to simulate")
    modules = [name for file in sources for name in MODULE.findall(file.read_text(errors="replace"))]
    if top not in modules:
        raise table.refuse(
            "top", top, f"a module of the sources: {', '.join(sorted(set(modules))) or 'none'}"
        )
    return Design(
        top,
        tuple(sources),
        tuple(includes),
        table.texts("defines", "names of macros", ()),
        table.mapping("parameters", "a table of integers and strings", (int, str)),
        table.mapping("ties", "a table of inputs and integers", (int,)),
    )


def _reset(table: Table) -> Pin:
    return Pin(
        table.text("port", "the reset's port"), table.choice("active", ("low", "high"), "low") == "low"
    )


def _bus(table: Table) -> Bus:
    name = table.choice("kind", tuple(KINDS))
    kind = KINDS[name]
    prefix = table.text("prefix", "what the names of all its ports begin with", "")
    signals = (*kind.required, *kind.optional)
    names = table.mapping("names", "a table of signals and ports", (str,))
    for signal in names:
        if signal not in signals:
            raise table.refuse("names", signal, f"{', '.join(signals)} (of {name})")
    ports = {signal: names.get(signal, prefix + signal) for signal in signals}
    of_cpu = _base(table, "gich_of_cpu") if table.has("gich_of_cpu") else None
    return Bus(name, ports, frozenset(names), _base(table, "gich"), _base(table, "gicv"), of_cpu)


def _base(table: Table, key: str) -> int:
    base = table.integer(key, 0, 0xFFFF_FFFF)
    if base % 0x200:
        raise table.refuse(key, hex(base), "an address that 0x200 divides")
    return base


def _lines(table: Table) -> tuple[Mapping[str, Pin], int]:
    lines = {name: _pin(table, name) for name in LINES if table.has(name)}
    latency = table.integer("latency", 1, 10_000)
    if not lines:
        raise UserError(f"{table.place} names no line; allowed is one at least of {', '.join(LINES)}")
    return lines, latency


def _pin(table: Table, name: str) -> Pin:
    allowed = 'a port, or a table such as { port = "nirq", active = "low" }'
    value: Any = table.any(name, allowed)
    if isinstance(value, str) and value:
        return Pin(value)
    if isinstance(value, dict) and value.keys() == {"port", "active"} and value["active"] in ("low", "high"):
        return Pin(str(value["port"]), value["active"] == "low")
    raise table.refuse(name, value, allowed)


def _deactivation(table: Table) -> Deactivation:
    valid = table.text("valid", "the port that tells of a request")
    return Deactivation(
        valid,
        table.text("id", "the port with the INTID"),
        table.text("ready", "the port that takes it", "") or None,
    )


def _observation(table: Table) -> Observation:
    return Observation(
        table.text("port", "the port with the words of state"), table.integer("first", 0, 64, 0)
    )


def _choices(table: Table) -> Choices:
    return Choices(
        table.choice("grp_filter", (0, 1), 1),
        table.choice("hppir_pmr", (0, 1), 0),
        table.choice("tie", ("lowest", OPEN), "lowest"),
        table.choice("eoi_no_match", ("counts", OPEN), "counts"),
        table.choice("reset", ("specified", OPEN), "specified"),
        table.choice("refusals", ("error", OPEN), "error"),
    )
