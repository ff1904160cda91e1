# SPDX-License-Identifier: Apache-2.0
"""The list of planted errors is sound, and planting changes what it says and nothing else."""

import pytest

from tb.errors import UserError
from tb.planting import PlantedError, load, plant, plant_all
from tb.synthesis import sources

ENTRY = '[an_error]\nrule = "V2-EOI-1"\nfile = "rtl/bus/onehot_mux.v"\nfind = "a «b» c"\nplant = "d"\n'


def error(number, find, wrong="wrong", declare=""):
    return PlantedError(number, f"error_{number}", "V2-EOI-1", "a.v", find, wrong, declare)


def test_every_error_of_the_list_can_be_planted(tmp_path):
    errors = load()
    files = plant_all(errors, sources(), tmp_path)
    text = "".join(file.read_text() for file in files)
    for planted in errors:
        assert f"tb_top.planted == 10'd{planted.number} ? ({planted.plant})" in text


def test_errors_of_one_expression_become_one_choice():
    text = "module a; wire y = p & q; endmodule\n"
    planted = plant(text, [error(1, "y = «p & q»;", "1"), error(2, "y = «p & q»;", "0")])
    choice = "(tb_top.planted == 10'd1 ? (1) : tb_top.planted == 10'd2 ? (0) : (p & q))"
    assert planted == f"module a; wire y = {choice}; \nendmodule\n"


@pytest.mark.parametrize(
    ("errors", "sentence"),
    [
        ([error(1, "y = «nothing»;")], "error_1: `find` occurs 0 times in a.v: allowed is once"),
        ([error(1, "«wire»")], "error_1: `find` occurs 2 times in a.v: allowed is once"),
        (
            [error(1, "y = «p & q»;"), error(2, "y = p & «q»;")],
            "error_2: its expression overlaps another one in a.v",
        ),
    ],
)
def test_error_that_does_not_fit_is_refused(errors, sentence):
    with pytest.raises(UserError, match=sentence.replace("(", r"\(")):
        plant("module a; wire y = p & q; wire z; endmodule\n", errors)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (ENTRY.replace('plant = "d"', ""), r"\[an_error\] lacks plant"),
        (ENTRY + 'colour = "red"\n', r"\[an_error\] has colour"),
        (ENTRY.replace("«b»", "b"), r"\[an_error\] must mark one expression"),
    ],
)
def test_bad_list_is_refused(entry, sentence, tmp_path):
    path = tmp_path / "errors.toml"
    path.write_text(entry)
    with pytest.raises(UserError, match=sentence):
        load(path)
