# SPDX-License-Identifier: Apache-2.0
"""Synthesise the device for several NUM_LR: area and logic depth.

Fails on a latch, a signal with several drivers and on anything that is not synthesizable. The
observation port is left open, as it is in a product.
"""

import argparse
from dataclasses import replace

from tb import settings, synthesis

NUM_LRS = (4, 16, 64)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Synthesise and print; UserError says what is wrong."""
    parameters = settings.load().parameters
    print(f"NUM_CPU {parameters.num_cpu}\nNUM_LR   gates   flops   depth")
    for num_lr in NUM_LRS:
        result = synthesis.synthesise(replace(parameters, num_lr=num_lr), observed=False)
        print(f"{num_lr:6} {result.cells:7} {result.flops:7} {result.depth:7}")
    print(f"synth: {len(NUM_LRS)} parameter sets, no latch, no multiple driver")
    return 0
