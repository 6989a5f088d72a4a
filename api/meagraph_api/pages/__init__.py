"""Pages: plain HTML from templates, every value escaped."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from meagraph import names
from meagraph.version import __version__
from meagraph_api.results import Term
from meagraph_api.things.addresses import is_thing, page

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
"""The files that are served as they are."""


class Pages:
    """Renders the templates; all links begin with the path of the public address."""

    def __init__(self, base_path: str = "") -> None:
        self._base = base_path
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["prose"] = prose
        self._templates.globals.update(
            base=base_path,
            version=__version__,
            link=self.link,
            address=self.address,
            short=short,
            urlencode=urlencode,
        )

    def render(self, template: str, **context: object) -> str:
        """One page."""
        return self._templates.get_template(template).render(context)

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
        return self._base + below


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
