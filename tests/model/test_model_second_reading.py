# SPDX-License-Identifier: Apache-2.0
"""The model and a second formulation of the specification agree after every access."""

from collections import Counter
from random import Random

import spec_reading
from bank import Bank, Op, open_bank
from properties import holds_for
from stimulus import Episode, bank_op, episodes

IIDR = 0x1234_5678
OPEN = [Op("GICH_HCR", 1), Op("GICH_VMCR", 0xF84C_0007)]


@holds_for(episodes)
def test_agreement(episode: Episode) -> None:
    parameters = episode.parameters(1, 2, 4, 4, 5, 33)
    bank = Bank(iidr=IIDR, **parameters)
    second = spec_reading.Bank(parameters["num_lr"], IIDR, parameters["grp_filter"], parameters["hppir_pmr"])
    for op in OPEN + episode.ops(bank_op, parameters["num_lr"]):
        op = bank.resolved(op)
        response = bank.run(op)
        if op.value is None:
            assert response.value == second.read(op.register), op
        else:
            second.write(op.register, op.value)
        sent = [] if response.deactivated is None else [response.deactivated]
        assert sent == second.deactivations, op
        second.deactivations.clear()
        assert bank.words == second.words(), op
        assert bank.lines == second.lines, op


def test_the_accesses_reach_what_they_are_for() -> None:
    """The properties of a bank are only as good as what their accesses bring about."""
    seen: Counter[str] = Counter()
    for seed in range(400):
        rng, bank = Random(seed), open_bank()
        for _ in range(100):
            before, op = bank.words, bank.resolved(bank_op(rng, 4))
            response = bank.run(op)
            after = bank.words
            if op.register in ("GICV_IAR", "GICV_AIAR"):
                seen[
                    f"{op.register} {response.value & 0x3FF if response.value in (1022, 1023) else 'ID'}"
                ] += 1
            if op.register in ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR"):
                seen[f"{op.register} deactivates"] += before[8:] != after[8:]
                seen[f"{op.register} counts"] += before[0] != after[0]
                seen[f"{op.register} drops"] += before[2] != after[2]
                seen[f"{op.register} sends"] += response.deactivated is not None
            seen.update(name for name, level in zip(bank.lines._fields, bank.lines, strict=True) if level)
            seen.update(f"MISR[{i}]" for i in range(8) if after[3] >> i & 1)
    few = {what: n for what, n in seen.items() if n < 10}
    assert few == {"GICV_DIR drops": 0}
    assert len(seen) == 5 + 3 * 4 + 3 + 8
