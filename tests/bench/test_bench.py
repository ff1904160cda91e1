# SPDX-License-Identifier: Apache-2.0
"""The benchmark measures every way; what it measures is for `make bench` to show."""

import json

from tb import cli
from tb.commands import bench


def test_bench_measures_all_ways(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "RESULT", tmp_path / "bench.json")
    assert cli.main(["bench", "--accesses", "250"]) == 0
    table = capsys.readouterr().out
    result = json.loads(bench.RESULT.read_text())
    assert result["rates"].keys() == bench.ROWS.keys()
    for way, text in bench.ROWS.items():
        rate = result["rates"][way]
        assert text in table
        assert len(result["rounds"][way]) == 3
        assert rate["accesses"] > 100
        assert rate["accesses_per_second"] > 0
        assert (rate["cycles_per_second"] > 0) == (way != "model")
    same = {result["rates"][way]["accesses"] for way in ("bare", "one by one", "back to back", "model")}
    assert len(same) == 1
    assert result["rates"]["bare"]["ratio"] == 1


def test_bench_refuses_to_measure_nothing(capsys):
    assert cli.main(["bench", "--accesses", "0"]) == 2
    assert capsys.readouterr().err == "error: --accesses 0: allowed is a number from 1 on\n"
