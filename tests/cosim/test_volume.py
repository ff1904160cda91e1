# SPDX-License-Identifier: Apache-2.0
"""A regression that does too little fails, and says what it lacks."""

from collections import Counter

import pytest

from tb.model.ledger import SENTENCES
from tests.cosim.volume import shortfalls


def enough():
    return {
        "cosim": Counter(entries=300_000, deliveries=300_000),
        "invariants": Counter(dict.fromkeys(SENTENCES, 10_001)),
    }


def test_enough_is_enough():
    assert list(shortfalls(enough())) == []


@pytest.mark.parametrize(
    ("kind", "name", "number", "sentence"),
    [
        ("cosim", "entries", 299_999, "299999 entries live on the device: 300000 are needed"),
        ("cosim", "deliveries", 0, "0 deliveries live"),
        ("invariants", "INV-LR-1", 10_000, "INV-LR-1 was evaluated 10000 times: more than 10000 are needed"),
        ("invariants", "INV-LIVE-3", 1_000, "INV-LIVE-3 was evaluated 1000 times: more than 1000 are needed"),
    ],
)
def test_too_little_is_told(kind, name, number, sentence):
    totals = enough()
    totals[kind][name] = number
    (told,) = shortfalls(totals)
    assert told.startswith(sentence)
