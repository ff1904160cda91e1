# SPDX-License-Identifier: Apache-2.0
"""Random streams follow from seed and name alone."""

from tb.model.stream import stream


def test_streams_are_reproducible_and_independent() -> None:
    first = [stream(1, "a").getrandbits(32) for _ in range(2)]
    assert first[0] == first[1]
    others = [
        stream(seed, name).getrandbits(32)
        for seed, name in ((1, "b"), (2, "a"), (0, "a"), (11, "/a"), (1, "1/a"))
    ]
    assert len({*first, *others}) == 6


def test_stream_is_the_same_everywhere() -> None:
    assert stream(7, "driver").getrandbits(32) == 0xBA88_FB51
