"""Changes of measures in words: `meagraph.core.changes` has the codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meagraph.core import names
from meagraph.core.changes import Change
from meagraph.core.glossary import term
from meagraph_api.index.page_context import PageContext
from meagraph_api.pages.translations import N_, translated

KINDS: Mapping[str, str] = {
    "added": N_("added"),
    "removed": N_("removed"),
    "reworded": N_("reworded"),
    "link added": N_("link added"),
    "link removed": N_("link removed"),
    "link changed": N_("link changed"),
}
"""The kinds of changes."""
_SCHEMES: Mapping[str, str] = {"country": "link-basis", "relation": "relation-kind"}
"""The scheme of the code after a kind of link."""
_DETAILS: Mapping[str, str] = {
    "evidence ": "evidence",
    "basis ": "taxon-basis",
    "stated by ": "stated-by",
    "confidence ": "confidence",
}
"""The schemes of details, by the words before the code."""
_BARE = ("certainty", "taxon-role", "topic-weight")
"""The schemes of details without such words."""


@dataclass(frozen=True, slots=True)
class ChangeLabels:
    """The words of changes, with the labels of a release."""

    context: PageContext

    def kind(self, change: Change) -> str:
        """The kind of a change."""
        return self._translated(KINDS[change.change])

    def plan(self, change: Change) -> str:
        """The plan of the measure."""
        return self.context.named("instrument", change.instrument)

    def what(self, change: Change) -> str:
        """The text or link that changed, with the target of a link."""
        kind, _, code = change.what.partition(", ")
        words = term(kind.replace(" ", "_"), self.context.language)
        if kind in _SCHEMES and code:
            words = f"{words} ({self.context.named(_SCHEMES[kind], code)})"
        return f"{words}: {self.context.name(names.ID + change.target)}" if change.target else words

    def value(self, change: Change, text: str) -> str:
        """The old or new value: a text of the document, or the details of a link in words."""
        if not change.target:
            return text
        links = (link.split("; ") for link in text.split(" | ") if link)
        return " | ".join("; ".join(map(self._detail, details)) for details in links)

    def _detail(self, text: str) -> str:
        if text == "narrowed":
            return term("narrowed", self.context.language, capital=False)
        for words, scheme in _DETAILS.items():
            if text.startswith(words):
                return self.context.named(scheme, text.removeprefix(words))
        known = self.context.labels.names
        schemes = (scheme for scheme in _BARE if names.thing(scheme, text) in known)
        return next((self.context.named(scheme, text) for scheme in schemes), text)

    def _translated(self, text: str) -> str:
        return translated(text, self.context.language)
