"""XML that every parser takes: ASCII, without the characters that XML forbids."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dimlint.render.shown import shown


def child(parent: Element, tag: str, **attributes: object) -> Element:
    """A new element inside another; its attributes are shown text."""
    return SubElement(parent, tag, {name: shown(str(value)) for name, value in attributes.items()})


def document(root: Element) -> str:
    """The whole text of a document."""
    ElementTree.indent(root, " ")
    body: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body.decode()}\n'
