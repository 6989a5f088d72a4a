"""Render HTML pages from templates, with escaped values, in the language of the reader."""

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
from meagraph.core.glossary import column_head, parameter_label, tag_label, term, value_label
from meagraph.core.names import SOURCE
from meagraph.core.results.terms import Term
from meagraph.core.version import __version__
from meagraph_api.http.language import languages, switch
from meagraph_api.http.urls import is_thing, page
from meagraph_api.pages import script_bundle
from meagraph_api.pages.dates import dates_in_words
from meagraph_api.pages.translations import translated, translations_into

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
"""Static files."""
TEMPLATES = _HERE / "templates"

PLANS_SECTION = "/"
DATA_SECTION = "/data"

NAVIGATION = (
    (PLANS_SECTION, "plans"),
    ("/measures", "measures"),
    ("/queries", "ready_made_tables"),
    ("/compare", "compare"),
    ("/search", "search"),
    ("/sparql", "sparql"),
    ("/quality", "notes"),
    (DATA_SECTION, "data"),
)
"""Links in the header of every page: path, and term."""
NOTICES = (
    ("/dumps", "release"),
    ("/cite", "cite"),
    ("/docs", "api_reference"),
    ("/quality", "report_error"),
)
"""Links in the footer of every page: path, and term."""

TRIM_BLOCKS = True
"""Whether to strip white space around tags, when rendering and when extracting messages."""


class Pages:
    """The templates of all languages; links begin with the path of the public URL."""

    def __init__(self, base_path: str = "", notice: str = "") -> None:
        """`notice` replaces the notice in the footer."""
        self.base = base_path
        self.notice = notice
        self.paths: frozenset[str] = frozenset()
        self._entries = script_bundle.entries()
        self._templates = {language: self._environment(language) for language in languages()}
        self.serve([path for path, _ in (*NAVIGATION, *NOTICES)])

    def render(self, template: str, language: str = SOURCE, **values: object) -> str:
        """Render a template in one of `languages()`, by default in English."""
        return self._templates[language].get_template(template).render(values)

    def serve(self, paths: Container[str]) -> None:
        """Link only to served paths in the header and footer."""
        self.paths = frozenset(path for path, _ in (*NAVIGATION, *NOTICES) if path in paths)
        for templates in self._templates.values():
            templates.globals["navigation"] = [one for one in NAVIGATION if one[0] in paths]
            templates.globals["notices"] = [one for one in NOTICES if one[0] in paths]

    def _environment(self, language: str) -> Environment:
        """The template environment of a language."""
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=TRIM_BLOCKS,
            lstrip_blocks=TRIM_BLOCKS,
        )
        environment.policies["ext.i18n.trimmed"] = True
        # A method added by the extension.
        environment.install_gettext_translations(translations_into(language), newstyle=True)  # type: ignore[attr-defined]
        environment.filters["prose"] = prose
        environment.filters["translated"] = partial(translated, language=language)
        environment.filters["dates"] = lambda text, own=language: dates_in_words(text, own)
        environment.filters["number"] = partial(format_decimal, locale=language)
        environment.globals.update(
            base=self.base,
            notice=self.notice,
            version=__version__,
            language=language,
            languages=languages(),
            switch=switch,
            link=self.link,
            address=self.address,
            bundled=self.bundled,
            short=short,
            term=partial(term, language=language),
            column_head=partial(column_head, language=language),
            parameter_label=partial(parameter_label, language=language),
            tag_label=partial(tag_label, language=language),
            value_label=partial(value_label, language=language),
            urlencode=urlencode,
        )
        return environment

    def bundled(self, entry: str) -> Markup:
        """HTML that loads an entry of the bundle; empty without a bundle."""
        found = self._entries.get(entry)
        return Markup() if found is None else found.tags(f"{self.base}/static/bundle")

    def link(self, term: Term) -> str | None:
        """The link of a term of a result, None if a browser cannot open it.

        Resources of meagraph are linked to their pages in this service.

        >>> Pages().link(Term("uri", "javascript:alert(1)")) is None
        True
        >>> Pages().link(Term("literal", "https://example.org/")) is None
        True
        """
        if term.kind != "uri" or urlsplit(term.value).scheme not in ("http", "https", "mailto"):
            return None
        return self.address(term.value)

    def address(self, address: str) -> str:
        """The link of a URL; those of meagraph point to this service, wherever it runs.

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
    """The text of a term; IRIs of meagraph without their common prefix.

    >>> short(Term("uri", names.thing("measure", "argali-ssap-2014-2024", "1.1.1")))
    'measure/argali-ssap-2014-2024/1.1.1'
    """
    return term.value.removeprefix(names.ID) if term.kind == "uri" else term.value


def prose(text: str) -> Markup:
    """Convert plain text to HTML: escaped, with `code` between backticks.

    >>> prose("`basis` is <one> of")
    Markup('<code>basis</code> is &lt;one&gt; of')
    """
    # The text is escaped first; only backticks become tags.
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704
