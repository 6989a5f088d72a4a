"""The scales that a document defines for itself, in a footnote: urgency, priority, timescale."""

from __future__ import annotations

import re

from meagraph_loaders.extract.lines import Stretch
from meagraph_loaders.extract.reading import Reading
from meagraph_loaders.records import Definition, Scheme

STEP = re.compile(r"\b(?P<notation>[123AB]) ?[-–] ?(?P<label>[\w-]+) \((?P<definition>[^)]+)\)")
"""`1 - Urgent (crucial …)`, `1 – high (…)`, `3 -low (…)`."""


def read_scale(reading: Reading, scheme: Scheme, footnote: Stretch) -> list[Definition]:
    """The steps of the scale that a footnote defines.

    Raises SourceError when it defines none.
    """
    steps = [
        Definition(
            scheme=scheme,
            notation=match["notation"],
            label=match["label"],
            definition=match["definition"],
            passages=reading.quote(
                (footnote.cut(match.start(), match.end()),), "footnote"
            ).passages,
        )
        for match in STEP.finditer(footnote.text)
    ]
    if not steps:
        reading.stop(
            footnote,
            f"“{footnote.text[:60]}” defines no step of a {scheme}",
            "A step reads like: 1 - Urgent (crucial for …)",
        )
    return steps
