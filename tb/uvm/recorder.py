# SPDX-License-Identifier: Apache-2.0
from typing import NoReturn
from pyuvm import uvm_subscriber


class CheckError(AssertionError):
    """The device broke a rule."""

class Recorder(uvm_subscriber):
    def write(self, sample): ...
    def fail(self, message: str) -> NoReturn:
        raise CheckError(message)
