"""Compare the measures of two releases.

Each release has a summary of its measures in `measures.json.gz`, by IRI in the order of plans and
documents: `instrument`, `number`, `printed` (the texts in `PRINTED`, if the document has them) and
`links` (each with its kind, target and details). All texts and links are compared; wording by
meagraph editors (a label, a reason) is not.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from meagraph.core.errors import ReleaseError, is_machine_fault

FILE = "measures.json.gz"
PRINTED = ("text", "priority", "timescale", "responsibility", "applicability")
"""The texts of a measure in its document, compared literally."""

Kind = Literal["added", "removed", "reworded", "link added", "link removed", "link changed"]
Snapshot = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two releases."""

    change: Kind
    instrument: str
    number: str
    what: str
    """A text of the measure (`text`, `priority` …), or the kind of a link (`country, unit` …)."""
    target: str
    """The target of the link, as its path below `id/`; '' if the change is not of a link."""
    old: str
    new: str
    measure: str


COLUMNS = tuple(field.name for field in fields(Change))


def read(release: Path) -> Snapshot:
    """Read the summary of the measures of a release.

    Raises ReleaseError if the release has none.
    """
    path = release / FILE
    try:
        found = json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError, zlib.error, RecursionError) as error:
        if is_machine_fault(error):
            raise  # the release itself may be intact
        raise ReleaseError(
            f"{path}: cannot be read ({error!r}). Releases of earlier versions, and data served "
            "with --data, have no measures to compare"
        ) from None
    if not isinstance(found, dict) or not all(map(_is_measure, found.values())):
        raise ReleaseError(f"{path}: has no measures. Make the release again with: meagraph build")
    return found


def _is_measure(found: object) -> bool:
    """Whether a value has the keys and types of a measure's summary."""
    match found:
        case {
            "instrument": str(),
            "number": str(),
            "printed": {"text": str(), **printed},
            "links": list(links),
        }:
            texts = all(isinstance(text, str) for text in printed.values())
            return texts and all(_is_link(link) for link in links)
    return False


def _is_link(found: object) -> bool:
    match found:
        case [str(), str(), str()]:
            return True
    return False


def between(old: Snapshot, new: Snapshot) -> tuple[Change, ...]:
    """The changes from one release to another, in the order of the plans and their measures.

    The links of an added or removed measure are not listed.

    >>> measure = {"instrument": "p", "number": "1.10", "links": []}
    >>> was = {"m": {**measure, "printed": {"text": "Count."}}}
    >>> now = {"m": {**measure, "printed": {"text": "Count all."}}}
    >>> [(change.change, change.number, change.old, change.new) for change in between(was, now)]
    [('reworded', '1.10', 'Count.', 'Count all.')]
    """
    return tuple(
        change
        for measure in _in_order(old, new)
        for change in _of(measure, old.get(measure), new.get(measure))
    )


def counted(found: Iterable[Change]) -> dict[str, int]:
    """The number of changes of each kind, in the order of the kinds."""
    counts = Counter(change.change for change in found)
    return {kind: counts[kind] for kind in get_args(Kind)}


def as_json(since: str, until: str, found: Iterable[Change]) -> bytes:
    """The changes as JSON, with the names of the two releases."""
    listed = list(found)
    document = {
        "since": since,
        "until": until,
        "counts": counted(listed),
        "changes": [asdict(change) for change in listed],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def as_csv(found: Iterable[Change]) -> bytes:
    """The changes as CSV (https://www.rfc-editor.org/rfc/rfc4180), in UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(change, column) for column in COLUMNS] for change in found)
    return text.getvalue().encode()


def _in_order(old: Snapshot, new: Snapshot) -> list[str]:
    """The measures of both: in the order of `new`, each removed one after its predecessor."""
    order = list(new)
    place = {measure: float(number) for number, measure in enumerate(order)}
    before = -1.0
    for measure in old:
        if measure in place:
            before = place[measure]
        else:
            place[measure] = before + 0.5
    return sorted(place, key=lambda measure: place[measure])


def _of(
    measure: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Change]:
    known = new or old or {}

    def change(kind: Kind, what: str, target: str, was: str, now: str) -> Change:
        instrument, number = str(known["instrument"]), str(known["number"])
        return Change(kind, instrument, number, what, target, was, now, measure)

    if old is None and new is not None:
        yield change("added", "text", "", "", new["printed"]["text"])
    elif new is None and old is not None:
        yield change("removed", "text", "", old["printed"]["text"], "")
    elif old is not None and new is not None:
        for what in PRINTED:
            was, now = old["printed"].get(what, ""), new["printed"].get(what, "")
            if was != now:
                yield change("reworded", what, "", was, now)
        before, after = _links(old), _links(new)
        for what, target in sorted(before.keys() | after.keys()):
            was, now = before.get((what, target)), after.get((what, target))
            if was is None and now is not None:
                yield change("link added", what, target, "", now)
            elif now is None and was is not None:
                yield change("link removed", what, target, was, "")
            elif was is not None and now is not None and was != now:
                yield change("link changed", what, target, was, now)


def _links(measure: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """The details of each link, by kind and target; details of equal links are joined."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind, target, detail in measure["links"]:
        found.setdefault((kind, target), []).append(detail)
    return {link: " | ".join(sorted(details)) for link, details in found.items()}
