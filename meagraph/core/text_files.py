"""Read text files edited by people as UTF-8; errors name the place and the remedy."""

from __future__ import annotations

import codecs
from pathlib import Path

from meagraph.core.errors import DataError

_RESTORE = "Restore the file from the repository"
_SAVE = "Save the file as UTF-8 without a byte-order mark"
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def display_name(path: Path) -> str:
    """The name of a file in messages, with its folder.

    >>> display_name(Path("/srv/meagraph/data/curation/mentions.csv"))
    'curation/mentions.csv'
    """
    return f"{path.parent.name}/{path.name}"


def read(path: Path, *, ended: bool = True) -> str:
    """Read the text of a file, with CR LF as LF.

    With `ended` the last line must have a line end, since a truncated file seldom has one.

    Raises DataError, with the line if known, for a file that is missing, unreadable, empty,
    truncated, not UTF-8, or has a byte-order mark or a NUL byte.
    """
    name, data = display_name(path), _read_bytes(path)
    if not data.strip():
        raise DataError(name, "the file is empty", _RESTORE)
    if encoding := next((text for mark, text in _MARKS if data.startswith(mark)), None):
        raise DataError(f"{name}:1", f"the file is {encoding}", _SAVE)
    if data.startswith(codecs.BOM_UTF8):
        raise DataError(f"{name}:1", "the file begins with a byte-order mark", _SAVE)
    if b"\0" in data:
        where = f"{name}:{_line(data, data.index(0))}"
        raise DataError(where, "the file has a NUL byte, as UTF-16 does", _SAVE)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8 (0x{data[error.start]:02X})"
        raise DataError(f"{name}:{_line(data, error.start)}", what, _SAVE) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if ended and not text.endswith("\n"):
        raise DataError(
            f"{name}:{text.count(chr(10)) + 1}",
            f"the last line has no line end, so the file may be cut off: {text[-40:]!r}",
            f"{_RESTORE}, or end the line",
        )
    return text


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(display_name(path), "the file is missing", _RESTORE) from None
    except IsADirectoryError:
        raise DataError(display_name(path), "is a directory", "Replace it by the file") from None
    except OSError as error:
        raise DataError(
            display_name(path),
            f"the file cannot be read ({error.strerror or error})",
            "Make it readable for this user",
        ) from None


def _line(data: bytes, offset: int) -> int:
    """The line of a byte, counted from 1."""
    return data.count(b"\n", 0, offset) + 1
