# SPDX-License-Identifier: Apache-2.0
"""Which statements of the models stand for a rule: those that follow its citation.

A citation in the docstring of a function stands for all statements of its body; where there is no body, for
those of the functions that override it. One in a comment, or in a string, stands for the statement it is in
or before; if that has a suite, for all of the suite: the rule's condition has held. `raise` counts only where
it cites a rule itself.
"""

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.AsyncFor, ast.AsyncWith)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Citation:
    """A place that cites a rule.

    rule   its id
    place  file, function and, if it is no docstring, the statement
    path   of the file
    lines  at which its statements begin
    raises it is the refusal of what the rule forbids
    """

    rule: str
    place: str
    path: Path
    lines: frozenset[int]
    raises: bool = False


def citations(root: Path, rules: re.Pattern[str], without: Collection[tuple[str, str]]) -> list[Citation]:
    """Those in the Python files under a directory, without some statements, given by file and text."""
    files = [_File(path, path.relative_to(root).as_posix(), rules) for path in sorted(root.rglob("*.py"))]
    bodies: dict[str, list[tuple[_File, str, _Function]]] = defaultdict(list)  # by the function's name
    for file in files:
        for name, function in file.functions:
            if list(_body(function)):
                bodies[function.name].append((file, name, function))
    found = {}
    for file in files:
        for name, function in file.functions:
            cited = rules.findall(ast.get_docstring(function) or "")
            places = [(file, name, function)] if list(_body(function)) else bodies[function.name]
            for rule in cited:
                for where, full_name, body in places:
                    place = f"{where.name} {full_name}"
                    lines = frozenset(_lines(_body(body)))
                    if lines:
                        found[rule, place] = Citation(rule, place, where.path, lines)
        for citation in file.in_statements():
            found[citation.rule, citation.place] = citation
    left_out = {
        (file.path, line): (file.name, text.strip())
        for file in files
        for line, text in enumerate(file.text.splitlines(), 1)
        if (file.name, text.strip()) in without
    }
    if unknown := set(without) - set(left_out.values()):
        raise ValueError(f"no such statement: {unknown}")
    return [
        replace(one, lines=frozenset(line for line in one.lines if (one.path, line) not in left_out))
        for one in found.values()
    ]


class _File:
    """One source file."""

    def __init__(self, path: Path, name: str, rules: re.Pattern[str]) -> None:
        self.path, self.name, self._rules = path, name, rules
        self.text = path.read_text(encoding="utf-8")
        self.functions = list(_functions(ast.parse(self.text), ()))

    def in_statements(self) -> Iterator[Citation]:
        """Citations in comments and strings, but for docstrings."""
        for name, function in self.functions:
            statements = sorted(_statements(_body(function)), key=lambda statement: statement.lineno)
            for line, rule in self._cited(function):
                at = [one for one in statements if one.lineno <= line <= _header_end(one)]
                after = [one for one in statements if one.lineno > line]
                if not at and not after:
                    continue
                statement = at[-1] if at else after[0]
                suite = statement.body if isinstance(statement, _COMPOUND) else [statement]
                source = " ".join((ast.get_source_segment(self.text, statement) or "").split("\n")[0].split())
                place = f"{self.name} {name}: {source.partition(' #')[0]}"
                raises = isinstance(statement, ast.Raise)
                lines = frozenset(_lines(suite, raising=raises))
                yield Citation(rule, place, self.path, lines, raises)

    def _cited(self, function: _Function) -> Iterator[tuple[int, str]]:
        """Line and rule."""
        first, last = function.body[0].lineno, function.end_lineno or 0
        if ast.get_docstring(function) is not None:
            first = (function.body[0].end_lineno or first) + 1
        lines = self.text.splitlines(keepends=True)
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type in (tokenize.COMMENT, tokenize.STRING) and first <= token.start[0] <= last:
                for rule in self._rules.findall(token.string):
                    yield token.start[0], rule


def _functions(node: ast.AST, path: tuple[str, ...]) -> Iterator[tuple[str, _Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, (*path, child.name))
        elif isinstance(child, _Function):
            yield ".".join((*path, child.name)), child


def _body(function: _Function) -> Iterator[ast.stmt]:
    """Without the docstring, and without what only says that it is abstract."""
    for index, statement in enumerate(function.body):
        is_docstring = index == 0 and ast.get_docstring(function) is not None
        if not is_docstring and not isinstance(statement, ast.Raise | ast.Pass):
            yield statement


def _statements(suite: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All, with those inside."""
    for statement in suite:
        yield from (node for node in ast.walk(statement) if isinstance(node, ast.stmt))


def _header_end(statement: ast.stmt) -> int:
    """The last line before its suite."""
    if isinstance(statement, _COMPOUND):
        return statement.body[0].lineno - 1 or statement.lineno
    return statement.end_lineno or statement.lineno


def _lines(suite: Iterable[ast.stmt], *, raising: bool = False) -> Iterator[int]:
    for statement in _statements(suite):
        if raising or not isinstance(statement, ast.Raise):
            yield statement.lineno
