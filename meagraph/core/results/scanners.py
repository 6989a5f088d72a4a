"""Scan the bytes of a result while they are written.

Oxigraph writes much faster than Python can read rows, and a result may be larger than memory. So
the scanners count rows, and find blank nodes and content that a format cannot express, in the
pieces as they are written. They search for patterns that occur only in the structure, since a value
would have one of their characters escaped. Pieces may be cut anywhere.

Each scanner supports one format as Oxigraph writes it (without white space between tokens).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import IO

from meagraph.core.errors import NotAcceptable


class Scanner(ABC):
    """Passes pieces on to a sink; its attributes are final after `finish`."""

    def __init__(self, sink: IO[bytes]) -> None:
        self.rows = 0
        """Rows of a table, triples of a graph."""
        self.blank = False
        """Whether there is a blank node."""
        self._sink = sink

    @abstractmethod
    def write(self, piece: bytes, /) -> int:
        """Write a piece. Raises NotAcceptable if the format cannot express its content."""

    @abstractmethod
    def finish(self) -> None:
        """Process the end of the result. Raises NotAcceptable like `write`."""

    def flush(self) -> None:
        """Flush the sink. (Writers of files call it.)"""
        self._sink.flush()


class Json(Scanner):
    """SPARQL 1.1 Query Results JSON, https://www.w3.org/TR/sparql11-results-json/.

    Within a string a quotation mark is escaped, so one after ``{`` opens or closes a string. It
    closes one if ``}`` or ``,`` follows, and opens a variable name otherwise: ``},{"x`` begins a
    row. A row without a binding is ``{}``, which a string may contain as well; the bytes after a
    run of them decide which it is.
    """

    _BINDINGS = b'"bindings":['
    _LAST_EMPTY = b"{}]}}"
    _REACH = 16
    """Bytes that are kept for the next scan, at least the length of a pattern. Each scan covers at
    least as many, so anything unusual is seen by this scan or the next."""

    def __init__(self, sink: IO[bytes], columns: Sequence[str]) -> None:
        super().__init__(sink)
        self._usual_row = f'}},{{"{columns[0] if columns else ""}":'.encode()
        self._pending = b""
        self._in_rows = False
        self._unusual = True
        """Whether the last scan found anything other than usual rows."""
        self._run = 0
        """Rows without a binding, or what looks like them, right before the pending bytes."""

    def write(self, piece: bytes, /) -> int:
        """Write a piece."""
        data = self._pending + piece
        if not self._in_rows:
            data = self._after_head(data)
        self._pending = data
        if self._in_rows and len(data) >= 2 * self._REACH:
            cut = _beside_empty_rows(data, len(data) - self._REACH)
            self._scan(data, cut)
            self._pending = data[cut:]
        return self._sink.write(piece)

    def finish(self) -> None:
        """Count the pending bytes, and the last row if it has no binding."""
        self._scan(self._pending, len(self._pending))
        self.rows += self._pending.endswith(self._LAST_EMPTY)

    def _after_head(self, data: bytes) -> bytes:
        """The rows after the head, as if other rows preceded them."""
        head, found, rows = data.partition(self._BINDINGS)
        self._in_rows = bool(found)
        return b"}," + rows if found else head

    def _scan(self, data: bytes, cut: int) -> None:
        """Scan everything that begins before the cut.

        Usually every row begins with the first column, and nothing else looks like a row.
        """
        before, usual = self._unusual, _count(data, self._usual_row, cut)
        self._unusual = _count(data, b"},{", cut) != usual
        self.rows += self._count_bound(data, cut) if self._unusual else usual
        if before or self._unusual:
            self._count_empty(data, cut)
        self.blank = self.blank or b'{"type":"bnode"' in data

    @staticmethod
    def _count_bound(data: bytes, cut: int) -> int:
        """The number of rows with a binding that begin before the cut."""
        ended = _count(data, b'},{"}', cut) + _count(data, b'},{",', cut)
        return _count(data, b'},{"', cut) - ended

    def _count_empty(self, data: bytes, cut: int) -> None:
        """Count the runs of rows without a binding that end before the cut."""
        if self._run == 0 and data.find(b"{},", 0, cut + 2) < 0:
            return  # as in most results, and much faster than searching for runs
        at = 0
        for run in re.finditer(rb"(?:\{\},)++", data[:cut]):
            if run.start() != at:
                self._end_run(data, at)
            at = run.end()
            self._run += (at - run.start()) // len(b"{},")
        if at != cut:
            self._end_run(data, at)

    def _end_run(self, data: bytes, end: int) -> None:
        """Count a completed run if it is one of rows: if a row or the end of the result follows."""
        begin = data[end : end + 3]
        opens_a_row = begin.startswith(b'{"') and begin[2:] not in (b"}", b",")
        if opens_a_row or data[end:] == self._LAST_EMPTY:
            self.rows += self._run
        self._run = 0


def _beside_empty_rows(data: bytes, cut: int) -> int:
    """The position at the cut or right before it that is not within ``{},``."""
    return next((cut - by for by in (1, 2) if data[cut - by : cut - by + 3] == b"{},"), cut)


def _count(data: bytes, pattern: bytes, cut: int) -> int:
    """How often a pattern that cannot overlap itself begins before the cut.

    >>> _count(b"abcab", b"ab", 3), _count(b"abcab", b"ab", 4)
    (1, 2)
    """
    return data.count(pattern, 0, cut + len(pattern) - 1) if cut else 0


class Xml(Scanner):
    """SPARQL Query Results XML, https://www.w3.org/TR/rdf-sparql-XMLres/.

    ``<`` is escaped everywhere except in tags.
    """

    _REACH = 9
    """Bytes that are kept for the next scan, the length of a pattern."""

    def __init__(self, sink: IO[bytes]) -> None:
        super().__init__(sink)
        self._pending = b""

    def write(self, piece: bytes, /) -> int:
        """Write a piece."""
        text = xml_text(piece, self._pending, "Ask for JSON, CSV or TSV")
        data = self._pending + text
        cut = max(0, len(data) - self._REACH)
        self._scan(data, cut)
        self._pending = data[cut:]
        self._sink.write(text)
        return len(piece)

    def finish(self) -> None:
        """Count the pending bytes."""
        self._scan(self._pending, len(self._pending))

    def _scan(self, data: bytes, cut: int) -> None:
        """Scan everything that begins before the cut."""
        self.rows += _count(data, b"</result>", cut)
        self.blank = self.blank or b"<bnode>" in data


_NOT_IN_XML = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)])
"""The bytes of characters that XML cannot express, not even as a reference."""
_SHOWN = bytes.maketrans(_NOT_IN_XML, b"?" * len(_NOT_IN_XML))


def xml_text(piece: bytes, before: bytes, way_out: str) -> bytes:
    """Escape a piece of XML so that parsers read every character; `before` is the preceding text.

    A carriage return becomes a reference, since parsers read it as a line feed
    (https://www.w3.org/TR/xml/#sec-line-ends). Raises NotAcceptable for a character that XML 1.0
    does not allow (https://www.w3.org/TR/xml/#charsets).

    >>> xml_text(b"a\\rb", b"", "Ask for JSON")
    b'a&#13;b'
    """
    forbidden = piece.translate(_SHOWN) != piece
    if not forbidden and not piece.isascii():
        data = before[-2:] + piece
        forbidden = b"\xef" in data and (b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data)
    if forbidden:
        raise NotAcceptable(
            "The result has a character that XML 1.0 cannot express: a control character, U+FFFE "
            f"or U+FFFF. {way_out}."
        )
    return piece.replace(b"\r", b"&#13;") if b"\r" in piece else piece


class Csv(Scanner):
    """SPARQL 1.1 Query Results CSV, https://www.w3.org/TR/sparql11-results-csv-tsv/.

    Between quotation marks a line feed is part of a value, elsewhere it ends a row. Oxigraph does
    not quote an IRI with a comma, nor a triple term as a whole: both are detected by the text
    outside quotation marks, and refused. If the only column is empty the row is an empty line,
    which many parsers skip: it gets quotation marks. Every ``_:`` outside quotation marks counts as
    a blank node, even in text.
    """

    def __init__(self, sink: IO[bytes], columns: int) -> None:
        super().__init__(sink)
        self.rows = -1  # the header is none
        self._columns = columns
        self._commas = 0
        self._quoted = False
        """Whether a quoted value continues in the next piece."""
        self._last = b"\n"
        """The last byte outside quoted values, or the quotation mark after it."""

    def write(self, piece: bytes, /) -> int:
        """Write a piece."""
        parts = piece.split(b'"')
        first = int(self._quoted)
        self._quoted = (len(parts) - first) % 2 == 0
        plain = self._last + b'"'.join(parts[first::2]) + b'"' * self._quoted
        if b' "' in plain:
            raise _not_in_csv("a triple term")
        self.rows += plain.count(b"\n", 1)
        self._commas += plain.count(b",", 1)
        self.blank = self.blank or _has_blank_mark(plain)
        written = piece
        if self._columns == 1 and b"\n\r" in plain:
            written = _with_quoted_empties(parts, first, self._last)
        self._last = plain[-1:]
        self._sink.write(written)
        return len(piece)

    def finish(self) -> None:
        """Check that every row has as many fields as there are columns."""
        if self._commas != max(0, self._columns - 1) * (self.rows + 1):
            raise _not_in_csv("an IRI with a comma in it")


def _with_quoted_empties(parts: list[bytes], first: int, last: bytes) -> bytes:
    """Join parts with quotation marks, with ``""`` for each empty line.

    Every second part from `first` on is outside quoted values.
    """
    for at in range(first, len(parts), 2):
        before = b'"' if at else last
        parts[at] = (before + parts[at]).replace(b"\n\r", b'\n""\r')[1:]
    return b'"'.join(parts)


def _not_in_csv(what: str) -> NotAcceptable:
    return NotAcceptable(
        f"The result has {what}, which is not written as CSV here, since parsers would read it "
        "as several fields. Ask for JSON, XML or TSV, or select STR() of it."
    )


class _Lines(Scanner):
    """A format with one line for each row or triple: line feeds in values are escaped."""

    def __init__(self, sink: IO[bytes]) -> None:
        super().__init__(sink)
        self._incomplete: list[bytes] = []

    def finish(self) -> None:
        """Do nothing: every line has its line feed."""

    def _complete_lines(self, piece: bytes) -> bytes:
        """The complete lines that end in this piece."""
        end = piece.rfind(b"\n") + 1
        if not end:
            self._incomplete.append(piece)
            return b""
        lines = b"".join((*self._incomplete, piece[:end]))
        self._incomplete = [piece[end:]]
        return lines


class Tsv(_Lines):
    """SPARQL 1.1 Query Results TSV, https://www.w3.org/TR/sparql11-results-csv-tsv/."""

    def __init__(self, sink: IO[bytes]) -> None:
        super().__init__(sink)
        self.rows = -1  # the header is none

    def write(self, piece: bytes, /) -> int:
        """Write a piece."""
        self.rows += piece.count(b"\n")
        if not self.blank:
            self.blank = _has_blank_node(self._complete_lines(piece))
        return self._sink.write(piece)


class Triples(_Lines):
    """N-Triples and N-Quads without duplicate lines; https://www.w3.org/TR/n-triples/."""

    def __init__(self, sink: IO[bytes]) -> None:
        super().__init__(sink)
        self._written: set[bytes] = set()

    def write(self, piece: bytes, /) -> int:
        """Write a piece."""
        lines = self._complete_lines(piece)
        fresh = [line for line in lines.splitlines(True) if line not in self._written]
        if len(fresh) != len(set(fresh)):
            fresh = list(dict.fromkeys(fresh))
        self._written.update(fresh)
        self.rows += len(fresh)
        if fresh:
            self.blank = self.blank or _has_blank_node(lines)
            self._sink.write(b"".join(fresh))
        return len(piece)


_STRINGS_AND_ADDRESSES = re.compile(rb'"(?:[^"\\]++|\\.)*+"|<<\(|<[^<>]*+>')


def _has_blank_node(lines: bytes) -> bool:
    r"""Whether a term in these lines of Turtle syntax is, or contains, a blank node.

    >>> _has_blank_node(b'<a:_:b>\t"_:c"@en\n'), _has_blank_node(b"<<( _:b <a:p> 1 )>>\n")
    (False, True)
    """
    return _has_blank_mark(lines) and _has_blank_mark(_STRINGS_AND_ADDRESSES.sub(b"", lines))


def _has_blank_mark(data: bytes) -> bool:
    """Whether ``_:`` is in the data; finding a single byte first is ten times as fast."""
    return b"_" in data and b"_:" in data
