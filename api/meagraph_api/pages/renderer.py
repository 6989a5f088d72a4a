"""Pages: plain HTML from templates, every value escaped, in the language of the reader."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from meagraph.core import names
from meagraph.core.names import SOURCE
from meagraph.core.results.terms import Term
from meagraph.core.version import __version__
from meagraph_api.http.language import languages, switch
from meagraph_api.http.urls import is_thing, page
from meagraph_api.pages import script_bundle
from meagraph_api.pages.translations import N_, translated, translations_into

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
"""The files that are served as they are."""
TEMPLATES = _HERE / "templates"

NAVIGATION = (
    ("/", N_("Plans")),
    ("/measures", N_("Measures")),
    ("/queries", N_("Ready-made tables")),
    ("/compare", N_("Compare")),
    ("/search", N_("Search")),
    ("/sparql", N_("SPARQL")),
    ("/quality", N_("Notes on the texts")),
    ("/data", N_("Data and API")),
)
"""The pages that every page leads to from its head."""
NOTICES = (
    ("/dumps", N_("Data version")),
    ("/cite", N_("Cite")),
    ("/docs", N_("API reference")),
    ("/quality", N_("Report an error")),
)
"""And those from its foot."""

TRIM_BLOCKS = True
"""Whether the white space around tags counts for nothing, here and where texts are collected."""


class Pages:
    """Renders the templates; all links begin with the path of the public address."""

    def __init__(self, base_path: str = "") -> None:
        self.base = base_path
        self.paths: frozenset[str] = frozenset()
        self._entries = script_bundle.entries()
        self._templates = {language: self._environment(language) for language in languages()}
        self.serve([path for path, _ in (*NAVIGATION, *NOTICES)])

    def render(self, template: str, language: str = SOURCE, **values: object) -> str:
        """One page in one of `languages()`, by default in English."""
        return self._templates[language].get_template(template).render(values)

    def serve(self, paths: Container[str]) -> None:
        """Lead from every page only to what is served, of all that it may lead to."""
        self.paths = frozenset(path for path, _ in (*NAVIGATION, *NOTICES) if path in paths)
        for templates in self._templates.values():
            templates.globals["navigation"] = [one for one in NAVIGATION if one[0] in paths]
            templates.globals["notices"] = [one for one in NOTICES if one[0] in paths]

    def _environment(self, language: str) -> Environment:
        """What makes pages in one language."""
        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=TRIM_BLOCKS,
            lstrip_blocks=TRIM_BLOCKS,
        )
        made.policies["ext.i18n.trimmed"] = True
        # The extension puts these methods into every environment that has it.
        made.install_gettext_translations(translations_into(language), newstyle=True)  # type: ignore[attr-defined]
        made.filters["prose"] = prose
        made.filters["in_one_line"] = in_one_line
        made.filters["translated"] = partial(translated, language=language)
        made.filters["number"] = partial(format_decimal, locale=language)
        made.globals.update(
            base=self.base,
            version=__version__,
            language=language,
            languages=languages(),
            switch=switch,
            link=self.link,
            address=self.address,
            bundled=self.bundled,
            short=short,
            urlencode=urlencode,
        )
        return made

    def bundled(self, entry: str) -> Markup:
        """The elements of the head that load one entry of the bundle, none where none was made."""
        found = self._entries.get(entry)
        return Markup() if found is None else found.tags(f"{self.base}/static/bundle")

    def link(self, term: Term) -> str | None:
        """Where a term of a result leads, None where it is no address for a browser.

        Things of ours lead to their description in this service.

        >>> Pages().link(Term("uri", "javascript:alert(1)")) is None
        True
        >>> Pages().link(Term("literal", "https://example.org/")) is None
        True
        """
        if term.kind != "uri" or urlsplit(term.value).scheme not in ("http", "https", "mailto"):
            return None
        return self.address(term.value)

    def address(self, address: str) -> str:
        """Where a web address leads: for ours to this service, wherever it runs.

        >>> Pages("/mea").address("https://w3id.org/meagraph/id/country/KAZ#membership-cms")
        '/mea/page/country/KAZ#membership-cms'
        >>> Pages().address("https://w3id.org/meagraph/ontology#Measure")
        '/ontology#Measure'
        """
        if not address.startswith(names.BASE):
            return address
        below = page(address) if is_thing(address) else "/" + address.removeprefix(names.BASE)
        return self.base + below


def short(term: Term) -> str:
    """What a page shows of a term: for things of ours the address without the common part.

    >>> short(Term("uri", names.thing("measure", "argali-ssap-2014-2024", "1.1.1")))
    'measure/argali-ssap-2014-2024/1.1.1'
    """
    return term.value.removeprefix(names.ID) if term.kind == "uri" else term.value


def prose(text: str) -> Markup:
    """Text of ours as HTML: escaped, with `code` between backticks.

    >>> prose("`basis` is <one> of")
    Markup('<code>basis</code> is &lt;one&gt; of')
    """
    # The text is escaped before; only the marks around code become tags.
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


def in_one_line(text: str) -> str:
    """Text of ours without the line breaks of the file that it stands in.

    >>> in_one_line("One row\\nper measure.")
    'One row per measure.'
    """
    return " ".join(text.split())
