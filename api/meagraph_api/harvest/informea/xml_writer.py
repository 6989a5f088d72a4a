"""Write XML with fixed prefixes, which harvesters search for, e.g. ``<m:count>``."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

MEDIA_TYPE = "application/xml"

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters not allowed in XML (https://www.w3.org/TR/xml/#charsets)."""


class Xml:
    """An XML document to write; names include their prefixes."""

    def __init__(self) -> None:
        self._into = io.BytesIO()
        self._writer = XMLGenerator(self._into, "utf-8", short_empty_elements=True)
        self._writer.startDocument()

    @contextmanager
    def element(self, name: str, attributes: dict[str, str] | None = None) -> Iterator[None]:
        """Write an element around the content of the block."""
        legal_attributes = {key: legal(value) for key, value in (attributes or {}).items()}
        self._writer.startElement(name, AttributesImpl(legal_attributes))
        yield
        self._writer.endElement(name)

    def leaf(
        self, name: str, attributes: dict[str, str] | None = None, text: str | None = None
    ) -> None:
        """Write an element with text or without content."""
        with self.element(name, attributes):
            if text:
                self._writer.characters(legal(text))

    def written(self) -> bytes:
        """Return the document; all elements must be closed."""
        self._writer.endDocument()
        return self._into.getvalue()


def legal(text: str) -> str:
    r"""Remove characters not allowed in XML.

    >>> legal("a\x00b\n")
    'ab\n'
    """
    return _ILLEGAL.sub("", text)
