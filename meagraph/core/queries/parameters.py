"""Parameters of canned queries: declarations, choices, and validation of values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Literal, Self
from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meagraph.core import names
from meagraph.core.errors import BadValue, MissingParameter, UnknownParameter
from meagraph.core.names import SOURCE
from meagraph.core.queries.composition import literal
from meagraph.core.quoting import quoted
from meagraph.core.results.terms import Table, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"
_SHOWN = 40
"""The maximum number of values listed in a message."""

Kind = Literal["iri", "string", "boolean", "integer", "date", "words"]


class Parameter(BaseModel):
    """A parameter of a canned query, as declared in the header."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Kind
    label: str
    """Its label in English, by default the term of the glossary."""
    group: str = ""
    """The group of its field in forms."""
    iri: str | None = None
    """For type iri: the template of the IRI, with ``{value}`` for the value."""
    description: str = ""
    required: bool = False
    multiple: bool = True
    choices: tuple[str, ...] | str | None = None
    """The allowed values, or a ``SELECT ?value ?label`` query that lists them."""
    searched: tuple[str, ...] = ()
    """For type words: the kinds of things to find (`KINDS` of docs/search.md)."""
    default: tuple[str, ...] = ()
    example: str | None = None
    needs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Values that are valid only together with one of other parameters, by name."""

    @model_validator(mode="after")
    def _iri_has_a_place_for_the_value(self) -> Self:
        if (self.type == "iri") != (self.iri is not None and self.iri.count("{value}") == 1):
            raise ValueError("only type iri has the key iri, which must contain {value} once")
        return self

    @model_validator(mode="after")
    def _words_search_something(self) -> Self:
        if (self.type == "words") != bool(self.searched):
            raise ValueError("only type words has the key searched, with kinds of things")
        return self

    @property
    def listed(self) -> tuple[str, ...] | None:
        """The choices listed in the header, if any."""
        return self.choices if isinstance(self.choices, tuple) else None

    @property
    def choices_query(self) -> str | None:
        """The query that lists the choices, if any."""
        return self.choices if isinstance(self.choices, str) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a parameter and its label."""

    value: str
    label: str
    address: str = ""
    """The IRI of the thing that the value identifies, if any."""
    language: str = SOURCE
    """The language of the label."""


def complete(
    declared: Mapping[str, Parameter], arguments: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The values of every parameter that has any: those in `arguments`, else its defaults.

    Empty and blank values are ignored, since forms send them; repeated values count once.

    Raises UnknownParameter, MissingParameter.
    """
    for name in arguments:
        if name not in declared:
            raise UnknownParameter(_unknown(name, list(declared)))
    values = {}
    for name, parameter in declared.items():
        chosen = list(dict.fromkeys(value for value in arguments.get(name, ()) if value.strip()))
        if chosen or parameter.default:
            values[name] = chosen or list(parameter.default)
        elif parameter.required:
            example = f", e.g. {name}={parameter.example}" if parameter.example else ""
            raise MissingParameter(f"{name} is required: give one{example}.")
    return values


def _unknown(name: str, declared: list[str]) -> str:
    there = f"There are: {', '.join(declared)}." if declared else "This query has none."
    return f"There is no parameter {quoted(name)}.{_did_you_mean(name, declared)} {there}"


def check(
    name: str, parameter: Parameter, values: list[str], choices: Sequence[str] | None
) -> list[str]:
    """Check the number and the choices of values, and return them. Raises BadValue."""
    if len(values) > 1 and not parameter.multiple:
        raise BadValue(f"{name} takes one value; {len(values)} were given.")
    for value in values:
        if not value.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadValue(f"{name}={quoted(value)} is not Unicode text.")
        if choices is not None and value not in choices:
            raise BadValue(_not_a_choice(name, value, list(choices)))
    return values


def check_needs(
    name: str, parameter: Parameter, values: Sequence[str], present: Collection[str]
) -> None:
    """Check that the parameters that values need are present. Raises MissingParameter."""
    for value in values:
        needed = parameter.needs.get(value, ())
        if needed and not any(other in present for other in needed):
            raise MissingParameter(f"{name}={value} needs {' or '.join(needed)}: give one.")


def _not_a_choice(name: str, value: str, choices: list[str]) -> str:
    if len(choices) <= _SHOWN:
        there = f" The values are: {', '.join(choices) or '(none)'}."
    else:
        there = f" There are {len(choices)} values; the query's page lists them."
    return f"{name}={quoted(value)} is not a value of {name}.{_did_you_mean(value, choices)}{there}"


def _did_you_mean(word: str, known: list[str]) -> str:
    by_folded = {entry.casefold(): entry for entry in known}
    near = get_close_matches(word[:200].casefold(), by_folded, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(by_folded[entry] for entry in near)}?" if near else ""


def term(name: str, parameter: Parameter, value: str) -> str:
    """The SPARQL term for a value of a parameter. Raises BadValue.

    Values of type words have no term: they are looked up (see `CannedQuery.bind`).
    """
    if value != value.strip():
        raise BadValue(f"{name}={quoted(value)} begins or ends with a space. Remove the space.")
    match parameter.type:
        case "iri":
            assert parameter.iri is not None  # noqa: S101 - checked by the header's validator
            return f"<{parameter.iri.replace('{value}', quote(value, safe=''))}>"
        case "boolean":
            return f'"{_boolean(name, value)}"^^<{_XSD}boolean>'
        case "integer":
            return f'"{_integer(name, value)}"^^<{_XSD}integer>'
        case "date":
            return f'"{_date(name, value)}"^^<{_XSD}date>'
        case _:
            return literal(value)


def _boolean(name: str, value: str) -> str:
    if value not in ("true", "false"):
        raise BadValue(f"{name}={quoted(value)} is neither true nor false.")
    return value


def _integer(name: str, value: str) -> str:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        raise BadValue(f"{name}={quoted(value)} is not a whole number, e.g. 12.")
    return str(int(value))  # +7 and 007 are different terms from 7


def _date(name: str, value: str) -> str:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise BadValue(f"{name}={quoted(value)} is not a date like 2026-03-31.")


def offered(parameter: Parameter, table: Table) -> list[Choice]:
    """The choices in the result of a parameter's choices query, each value once."""
    distinct: dict[str, Choice] = {}
    for row in table.rows:
        value, label = row[0], row[-1]
        if value is not None:
            coded = _coded(parameter, value)
            address = value.value if value.kind == "uri" else ""
            choice = Choice(coded, label.value if label else coded, address)
            distinct.setdefault(coded, choice)
    return list(distinct.values())


def _coded(parameter: Parameter, value: Term) -> str:
    """The value as used in parameters and tables: for things, the last segment of the IRI."""
    if parameter.type == "iri" and value.kind == "uri":
        return unquote(names.local_name(value.value))
    return value.value
