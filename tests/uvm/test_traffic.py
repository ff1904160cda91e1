# SPDX-License-Identifier: Apache-2.0
"""The counts of what a run's accesses were."""

from tb.model.hardware.parameters import Parameters
from tests.uvm.bench import Bench


def test_accesses_are_counted_by_what_they_did():
    bench = Bench(Parameters(num_cpu=2, num_lr=2))
    bench.do(("GICV_CTLR", 1), ("GICV_PMR", 0xF8), ("GICH_HCR", 1))
    bench.do(("GICH_LR0", 0x1000_0028), "GICV_IAR", "GICV_IAR", ("GICV_EOIR", 0x28))  # one acknowledges
    bench.do(("GICV_EOIR", 0x28))  # hits and counts nothing
    bench.do(("GICH_APR", 2), ("GICV_EOIR", 0x29))  # counts
    bench.do(
        "GICH_VTR", "GICV_IIDR", "GICV_EOIR", "GICV_NSAPR0", "GICH_LR2", "GICH_LR1"
    )  # the last is no constant
    bench.read(0x0000)
    bench.edges(3)
    bench.write("GICH_LR1", 0, bank=1)
    bench.edges(3)
    bench.write("GICH_LR1", 0, strb=3)
    bench.write("GICH_LR2", 0)
    bench.edges(5)
    assert bench.traffic.counts == {
        "accesses": 20,
        "reads": 9,
        "acknowledges": 1,
        "completions": 2,
        "LR writes": 2,
        "cross-bank": 1,
        "constants": 6,
        "errors": 1,
    }
