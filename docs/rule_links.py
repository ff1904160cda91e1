# SPDX-License-Identifier: Apache-2.0
"""A Sphinx extension: each id of a rule, in any page, is a link to where the rule stands.

A rule stands where its id begins an item of a list, a row of a table or a heading of the page that is its
kind's. An id that stands nowhere is an error.
"""

import re

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

PAGES = {
    "V2": "spec/gicv2-virtual-interface",
    "NV": "spec/software-vgic",
    "K19": "spec/software-vgic",
    "CL": "spec/software-vgic",
    "INV": "spec/invariants",
    "KD": "known-defects",
    "BM": "bug-museum",
}
ID = re.compile(r"\b(V2|NV|CL|INV)-[A-Z]+-\d+\b|\b(K19|KD|BM)-\d+\b")
PLAIN = (nodes.title, nodes.reference, nodes.literal, nodes.FixedTextElement, nodes.comment, pending_xref)


class RuleLinks(SphinxTransform):
    """Gives the rules of a page their anchors, and makes links of all other ids."""

    default_priority = 500

    def apply(self) -> None:
        for text in list(self.document.findall(nodes.Text)):
            pieces, end = [], 0
            for found in ID.finditer(text):
                if found.start() == 0 and self.stands_here(text, found):
                    piece = nodes.inline("", found[0], classes=["rule"])
                elif not within(text, PLAIN):
                    piece = self.link(found[0])
                else:
                    continue
                pieces += [nodes.Text(text[end : found.start()]), piece]
                end = found.end()
            if pieces:
                text.parent.replace(text, [*pieces, nodes.Text(text[end:])])

    def stands_here(self, text: nodes.Text, found: re.Match[str]) -> bool:
        """Whether this is where the rule stands; if so, it has its anchor now."""
        rules = self.env.get_domain("std").objects
        key = ("rule", found[0])
        place = place_of(text)
        if self.env.docname != PAGES[found[1] or found[2]] or place is None or key in rules:
            return False
        if not place["ids"]:
            place["ids"].append(found[0])
        self.env.get_domain("std").note_object(*key, place["ids"][0], location=place)
        return True

    def link(self, rule: str) -> pending_xref:
        """A link that Sphinx resolves when it has read all pages."""
        options = {"refdomain": "std", "reftype": "rule", "reftarget": rule, "refwarn": True}
        link = pending_xref("", nodes.inline("", rule, classes=["rule"]), refdoc=self.env.docname, **options)
        link.source, link.line = self.document["source"], None
        return link


def place_of(text: nodes.Text) -> nodes.Element | None:
    """The item, row or section that *text* begins."""
    node = text
    while node.parent is not None and first(node.parent) is node:
        node = node.parent
        if isinstance(node, nodes.list_item | nodes.row):
            return node
        if isinstance(node, nodes.title):
            return node.parent
    return None


def first(parent: nodes.Element) -> nodes.Node:
    """The first child with any text: before a bold word there may be an empty one."""
    return next(child for child in parent if child.astext())


def within(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    """Whether *node* lies in one of these *kinds*."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_object_type("rule", "rule", objname="rule")
    app.add_transform(RuleLinks)
    return {"parallel_read_safe": False}
