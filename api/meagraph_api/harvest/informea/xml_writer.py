"""Writes XML with the prefixes that harvesters look for by name, e.g. ``<m:count>``."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

MEDIA_TYPE = "application/xml"

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold (https://www.w3.org/TR/xml/#charsets)."""


class Xml:
    """A document that is being written; names are given with their prefixes, as they stand."""

    def __init__(self) -> None:
        self._into = io.BytesIO()
        self._writer = XMLGenerator(self._into, "utf-8", short_empty_elements=True)
        self._writer.startDocument()

    @contextmanager
    def element(self, name: str, attributes: dict[str, str] | None = None) -> Iterator[None]:
        """An element, around what is written in the block."""
        legal_attributes = {key: legal(value) for key, value in (attributes or {}).items()}
        self._writer.startElement(name, AttributesImpl(legal_attributes))
        yield
        self._writer.endElement(name)

    def leaf(
        self, name: str, attributes: dict[str, str] | None = None, text: str | None = None
    ) -> None:
        """An element with text alone, or with nothing."""
        with self.element(name, attributes):
            if text:
                self._writer.characters(legal(text))

    def written(self) -> bytes:
        """The document, when all its elements are closed."""
        self._writer.endDocument()
        return self._into.getvalue()


def legal(text: str) -> str:
    r"""The text without what XML cannot hold.

    >>> legal("a\x00b\n")
    'ab\n'
    """
    return _ILLEGAL.sub("", text)
