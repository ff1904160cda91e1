# SPDX-License-Identifier: Apache-2.0
"""How Sphinx makes a site of these pages: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "vgic-cosim"
extensions = ["myst_parser", "rule_links"]
myst_heading_anchors = 3  # [text](page.md#a-heading) is a link, here as on GitHub
nitpicky = True  # a link to nowhere is an error
smartquotes = False  # what stands here is typed so
highlight_language = "none"

html_theme = "furo"
html_title = "vgic-cosim"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
