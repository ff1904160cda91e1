# SPDX-License-Identifier: Apache-2.0
"""The environment: agents for all ports, the monitor, the reference beside it, and the checkers."""

from collections import Counter
from typing import Any

from pyuvm import uvm_env

from tb.model.hardware.parameters import Parameters
from tb.uvm.axi_lite import AxiLiteAgent
from tb.uvm.deactivation import DeactivationAgent
from tb.uvm.monitor import Monitor
from tb.uvm.predictor import Predictor
from tb.uvm.protocol import ProtocolChecker
from tb.uvm.recorder import Recorder
from tb.uvm.reset import ResetAgent
from tb.uvm.sample import Layout
from tb.uvm.scoreboard import Scoreboard
from tb.uvm.traffic import Traffic


class Env(uvm_env):
    """Everything around one device.

    monitor -> recorder, scoreboard, predictor, protocol, drivers: CycleSample
    predictor -> recorder, scoreboard, traffic: Accepted
    """

    def __init__(self, name: str, parent: Any, dut: Any, parameters: Parameters, seed: int) -> None:
        super().__init__(name, parent)
        self.parameters = parameters
        self._dut = dut
        self._seed = seed

    def build_phase(self) -> None:
        dut, parameters = self._dut, self.parameters
        layout = Layout(parameters)
        self.reset = ResetAgent("reset", self, dut)
        self.ports = [AxiLiteAgent(f"port{n}", self, dut, n) for n in range(parameters.num_cpu)]
        self.deactivation = DeactivationAgent("deactivation", self, dut, parameters.num_cpu)
        self.monitor = Monitor("monitor", self, dut, layout)
        self.recorder = Recorder("recorder", self, layout, self._seed)
        self.predictor = Predictor("predictor", self, parameters)
        self.scoreboard = Scoreboard("scoreboard", self, layout, self.predictor, self.recorder)
        self.protocol = ProtocolChecker("protocol", self, parameters.num_cpu, self.recorder)
        self.traffic = Traffic("traffic", self, parameters.num_lr)

    def connect_phase(self) -> None:
        samples, accepted = self.monitor.ap, self.predictor.accepted
        samples.connect(self.recorder.analysis_export)  # first: a check that fails writes what it holds
        samples.connect(self.scoreboard.actual_export)  # before the predictor goes on to the next edge
        samples.connect(self.predictor.analysis_export)
        samples.connect(self.protocol.analysis_export)
        for port in self.ports:
            samples.connect(port.driver.sample_export)
        samples.connect(self.deactivation.driver.sample_export)
        accepted.connect(self.recorder.accepted_export)
        accepted.connect(self.scoreboard.accepted_export)
        accepted.connect(self.traffic.analysis_export)

    @property
    def checks(self) -> Counter[str]:
        """How often each check had something to check."""
        return self.scoreboard.checks + self.protocol.checks
