# SPDX-License-Identifier: Apache-2.0
"""Mutants of tb/model, as mutmut makes them: a place in the source, changed.

mutmut's operators and its choice of places are used. Its runner is not: it puts a switch into each function,
which makes the models slow, cannot change what is outside of functions or decorated, and measures wall-clock
time only.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, NamedTuple

import libcst as cst
from libcst import matchers
from mutmut.mutation.file_mutation import Mutation, MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from tb.model.stream import stream
from tb.model_mutation.judge import MODEL
from tb.paths import ROOT


class Identity(NamedTuple):
    """What a mutant is, wherever its lines have moved to.

    file      in tb/model
    function  "Class.method"; empty: outside of functions and classes
    before    the lines that it changes
    after     what they become
    """

    file: str
    function: str
    before: str
    after: str


@dataclass(frozen=True)
class Mutant:
    """One of them.

    line    the first that it changes
    source  the whole file with it
    called  it is in a function, and does nothing unless that runs
    """

    identity: Identity
    line: int
    source: str
    called: bool

    @property
    def module(self) -> str:
        """The name that it is imported by."""
        parts = (MODEL / self.identity.file).relative_to(ROOT).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    @property
    def place(self) -> str:
        """File and line, from the top of the checkout."""
        return f"{(MODEL / self.identity.file).relative_to(ROOT)}:{self.line}"


class Function(NamedTuple):
    """What can be changed in a function."""

    file: Path
    name: str
    module: cst.Module
    changes: Sequence[Mutation]

    def mutant(self, change: Mutation) -> Mutant:
        """With one of its changes."""
        source: str = deep_replace(self.module, change.original_node, change.mutated_node).code
        diff = list(
            unified_diff(self.module.code.splitlines(), source.splitlines(), "", "", lineterm="", n=0)
        )[2:]
        before, after = (
            "\n".join(line[1:].strip() for line in diff if line.startswith(sign)) for sign in "-+"
        )
        identity = Identity(self.file.relative_to(MODEL).as_posix(), self.name, before, after)
        line = int(diff[0].split()[1][1:].partition(",")[0])
        called = isinstance(change.contained_by_top_level_function, cst.FunctionDef)
        return Mutant(identity, line, source, called)


class _Visitor(MutationVisitor):
    """Takes functions with decorators, too, but neither the words of errors nor `__all__`."""

    def _skip_node_and_children(self, node: Any) -> bool:
        exports = matchers.Assign([matchers.AssignTarget(matchers.Name("__all__"))])
        if matchers.matches(node, matchers.Raise() | exports):
            return True
        return not isinstance(node, cst.FunctionDef) and bool(super()._skip_node_and_children(node))


def functions(file: Path) -> list[Function]:
    """Those of a file, methods as well, in which something can be changed; what is outside counts as one."""
    wrapper = cst.MetadataWrapper(cst.parse_module(file.read_text(encoding="utf-8")))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    module = wrapper.visit(visitor)
    names = dict(_names(module.body))
    changes = defaultdict(list)
    for change in visitor.mutations:
        changes[names.get(change.contained_by_top_level_function, "")].append(change)
    return [Function(file, name, module, changes[name]) for name in changes]


def _names(body: Sequence[Any], outer: str = "") -> Iterator[tuple[Any, str]]:
    """Where mutmut says that a change is, and the name of the function."""
    for node in body:
        if isinstance(node, cst.FunctionDef):
            yield node, outer + node.name.value
        elif isinstance(node, cst.ClassDef):
            yield node, node.name.value
            yield from _names(node.body.body, f"{node.name.value}.")
        else:
            yield node, outer.rstrip(".")


def sample(several: Sequence[Function], number: int, seed: int) -> list[Mutant]:
    """So many mutants, evenly over functions, or all if there are less. Of less, the same come first."""
    random = stream(seed, "mutants of the models")
    order = random.sample(several, len(several))
    decks = [(function, random.sample(function.changes, len(function.changes))) for function in order]
    rounds = max((len(deck) for _, deck in decks), default=0)
    dealt = [(function, deck[turn]) for turn in range(rounds) for function, deck in decks if turn < len(deck)]
    return [function.mutant(change) for function, change in dealt[:number]]
