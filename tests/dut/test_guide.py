# SPDX-License-Identifier: Apache-2.0
"""docs/your-rtl.md: its description is one, and says all that can be said."""

import re
import tomllib

from tb.dut.bus.kinds import KINDS
from tb.dut.description import _TABLES, load
from tb.paths import ROOT

GUIDE = (ROOT / "docs" / "your-rtl.md").read_text()
(DESCRIPTION,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
SCENARIOS = re.findall(r"`(BUG_\w+)`", GUIDE + (ROOT / "examples" / "apb_gic" / "README.md").read_text())


def test_the_description_of_the_guide_can_be_loaded(tmp_path):
    (tmp_path / "rtl" / "include").mkdir(parents=True)
    (tmp_path / "rtl" / "my_gic.v").write_text("module my_gic; endmodule\n")
    (tmp_path / "rtl" / "part.sv").touch()
    file = tmp_path / "dut.toml"
    file.write_text(DESCRIPTION)
    description = load(file)
    assert [source.name for source in description.design.sources] == ["my_gic.v", "part.sv"]
    assert description.bus.ports["awaddr"] == "s_axi_waddr"
    assert description.bus.ports["wdata"] == "s_axi_wdata"


def test_the_guide_has_every_key_and_every_kind_of_bus():
    tables = tomllib.loads(DESCRIPTION)
    choices = set(re.findall(r"^\| `(\w+)` \| (?:\d|`\")", GUIDE, re.MULTILINE))
    keys = {name: set(table) for name, table in tables.items()} | {"choices": choices}
    assert keys == {name: set(allowed) for name, allowed in _TABLES.items()}
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \| `", GUIDE, re.MULTILINE)) - choices == set(KINDS)


def test_the_bugs_that_are_named_are_there():
    source = (ROOT / "examples" / "apb_gic" / "apb_gic.v").read_text()
    assert set(SCENARIOS) == set(re.findall(r"`ifdef (\w+)", source))
