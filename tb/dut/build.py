# SPDX-License-Identifier: Apache-2.0
"""The build of a foreign device: it is the top itself, without any file of ours beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tb import runners
from tb.dut.description import Description
from tb.model.hardware.parameters import Parameters
from tb.simulator import Build


class _Verilator(runners.Verilator):
    """With the ports of the top public."""

    _OPTIONS = (*runners.Verilator._OPTIONS, "--public-depth 1")

    @staticmethod
    def bench(top: str) -> tuple[Path, ...]:
        return ()


class _Icarus(runners.Icarus):
    @staticmethod
    def bench(top: str) -> tuple[Path, ...]:
        return ()


_RUNNERS: Final[Mapping[str, type[runners.Runner]]] = {"verilator": _Verilator, "icarus": _Icarus}


@dataclass(frozen=True)
class ForeignBuild(Build):
    """A foreign device as it is described. Its parameters are the Verilog parameters of its top."""

    design_parameters: tuple[tuple[str, Any], ...] = ()
    include_dirs: tuple[Path, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.sim}-{self.top}{'-waves' * self.waves}"

    @property
    def runner(self) -> type[runners.Runner]:
        return _RUNNERS[self.sim]

    @property
    def includes(self) -> tuple[Path, ...]:
        return self.include_dirs

    @property
    def headers(self) -> tuple[Path, ...]:
        return tuple(
            sorted(file for folder in self.include_dirs for file in folder.rglob("*") if file.is_file())
        )

    @property
    def verilog_parameters(self) -> Mapping[str, Any]:
        return dict(self.design_parameters)


def build(description: Description, sim: str, waves: bool) -> ForeignBuild:
    """The build of a description."""
    design = description.design
    return ForeignBuild(
        sim,
        Parameters(num_cpu=description.num_cpu),
        waves=waves,
        sources=design.sources,
        defines=design.defines,
        top=design.top,
        design_parameters=tuple(design.parameters.items()),
        include_dirs=design.include_dirs,
    )
