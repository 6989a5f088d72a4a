"""Export canned queries for grlc, which makes web APIs of `.rq` files: https://grlc.io.

grlc finds parameters by the names of variables (`?_x` is required, `?__x` is optional, a suffix is
the type) and replaces each such variable by the text of the value. It does not support data blocks.
So in the edition for grlc each data block becomes a sub-select that renames the variable:

    { SELECT (?__country_iri AS ?given_country) WHERE {} }

Without a value the variable is unbound, as UNDEF is. Words, which need a lookup, and ``match=all``
are not supported there. A thing is identified by its full IRI. Pasting values as text into the
query is how grlc works; the service itself never does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from meagraph.core.lexer import tokens
from meagraph.core.queries import composition, parameters
from meagraph.core.queries.header import CannedQuery
from meagraph.core.queries.parameters import Parameter

_XSD = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>"
_ENDINGS = {
    "iri": "iri",
    "string": "literal",
    "integer": "integer",
    "boolean": "xsd_boolean",
    "date": "xsd_date",
}
"""The suffix by which grlc knows each type."""


def edition(query: CannedQuery, endpoint: str) -> str:
    """The file of a canned query in the format of grlc, for an endpoint."""
    lines = yaml.safe_dump(
        _header(query, endpoint), allow_unicode=True, sort_keys=False, width=10_000
    ).splitlines()
    header = "".join(f"#+ {line}\n" for line in lines)
    body = "".join(
        _part(query, block, text) for block, text in composition.split(_body(query.open_text))
    )
    # grlc adds this declaration unless it finds exactly this text.
    declared = "" if _XSD in body else f"{_XSD}\n"
    return f"{header}\n{declared}{body.strip()}\n"


def specification(queries: Iterable[CannedQuery], address: str) -> str:
    """The specification that grlc reads: the list of the files, and the contact."""
    described = {
        "title": "meagraph: questions across action plans",
        "description": "Ready-made questions across the action plans of environmental agreements.",
        "contact": {"name": "The meagraph developers", "url": address},
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "queries": [f"{address}/queries/{query.name}.rq" for query in queries],
    }
    return yaml.safe_dump(described, allow_unicode=True, sort_keys=False, width=10_000)


def name_of(parameter: str) -> str:
    """The name of a parameter in grlc, which does not allow underscores.

    >>> name_of("actor_type")
    'actortype'
    """
    return parameter.replace("_", "")


def _header(query: CannedQuery, endpoint: str) -> dict[str, Any]:
    """The decorators: https://grlc.readthedocs.io/"""
    there = composition.parameter_blocks(query.open_text)
    taken = {
        name_of(name): parameter
        for name, parameter in query.parameters.items()
        if parameter.type != "words" and (f"_{name}",) in there
    }
    things = [
        f"`{name}` is an IRI, e.g. {_example(parameter)}"
        for name, parameter in taken.items()
        if parameter.type == "iri" and parameter.example
    ]
    text = " ".join(query.header.description.split())
    header: dict[str, Any] = {
        "summary": query.header.summary,
        "description": " ".join([text, *(f"{thing}." for thing in things)]).strip(),
        "endpoint": endpoint,
        "method": "GET",
        "tags": list(query.header.tags),
        "endpoint_in_url": False,
    }
    listed = [
        {name: list(parameter.listed)} for name, parameter in taken.items() if parameter.listed
    ]
    defaults = [
        {name: parameter.default[0]} for name, parameter in taken.items() if parameter.default
    ]
    return {**header, "enumerate": listed, "defaults": defaults}


def _example(parameter: Parameter) -> str:
    return parameters.term("example", parameter, parameter.example or "").strip("<>")


def _body(text: str) -> str:
    """The query without its header, which may mention variables."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#+"))


def _part(query: CannedQuery, block: composition.Block | None, text: str) -> str:
    name = block[0].removeprefix("_") if block and len(block) == 1 else ""
    parameter = query.parameters.get(name)
    if parameter is None or parameter.type == "words":
        return _renamed(text)
    marks = "_" if parameter.required else "__"
    value = f"?{marks}{name_of(name)}_{_ENDINGS[parameter.type]}"
    if not parameter.default:
        return f"{{ SELECT ({value} AS ?given_{name}) WHERE {{}} }}"
    usual = " ".join(parameters.term(name, parameter, one) for one in parameter.default)
    return (
        f"{{ SELECT DISTINCT (COALESCE({value}, ?usual) AS ?given_{name}) "
        f"WHERE {{ VALUES ?usual {{ {usual} }} }} }}"
    )


def _renamed(text: str) -> str:
    """Rename the variables that grlc would read as parameters."""
    return "".join(
        f"?given{token.text[1:]}"
        if token.kind == "variable" and token.text.startswith("?_")
        else token.text
        for token in tokens(text)
        # grlc would read the variables in comments too.
        if token.kind != "comment"
    )
