"""Read canned query files: a YAML header in leading ``#+`` lines, then SPARQL.

The file is the only description of a canned query: routes, forms, documentation and checks derive
from it. Headers follow grlc (https://grlc.io), with the added keys ``params`` and ``columns``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from string import Formatter
from typing import Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from meagraph.core.errors import BadValue, QueryFileError
from meagraph.core.glossary import parameter_label
from meagraph.core.lexer import INSIGNIFICANT, Token, tokens
from meagraph.core.names import SOURCE
from meagraph.core.queries import composition, parameters, text_search
from meagraph.core.queries.composition import literal
from meagraph.core.queries.declarations import Declarations, Raw, mapping
from meagraph.core.queries.fragments import Fragments, compose, with_all_filters
from meagraph.core.queries.parameters import Parameter
from meagraph.core.quoting import quoted

RESERVED = frozenset({"format", "page", "page_size", "bom", "view", "lang"})
"""Parameters of every canned query; no header may declare one with such a name."""


class Column(BaseModel):
    """The declaration of a column: the meaning of its codes, and whether its cells are lists.

    A code identifies the thing with an IRI (`iri`), or is a notation of a concept scheme
    (`scheme`). Both may refer to other columns and parameters of the query in braces: in
    ``…/scheme/priority/{instrument}`` every plan has a scheme of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    iri: str | None = None
    """The template of the thing's IRI, with ``{value}`` for the code."""
    scheme: str | None = None
    """The IRI of the concept scheme."""
    within: str | None = None
    """The column of the plan that defines the value, if no template names it."""
    separator: str | None = None
    """The separator of the items of a cell, for a column of lists."""
    link: str | None = None
    """The column with the IRI of the thing that a value names, if the query has it."""
    technical: bool = False
    """Whether it is for programs rather than readers, e.g. an IRI."""

    @model_validator(mode="after")
    def _codes_stand_for_one_thing(self) -> Self:
        if self.iri is not None and self.scheme is not None:
            raise ValueError("a column has the key iri or the key scheme, not both")
        places = _placeholders(self.iri or self.scheme or "")
        if self.iri is not None and "value" not in places:
            raise ValueError("the key iri of a column must contain {value}")
        return self

    @property
    def named(self) -> frozenset[str]:
        """The columns and parameters on which the meaning of a value depends."""
        within = {self.within} if self.within else set()
        return (_placeholders(self.iri or self.scheme or "") | within) - {"value"}


def _placeholders(template: str) -> frozenset[str]:
    """The names in braces. Raises ValueError if braces do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


class Header(BaseModel):
    """The header of a canned query file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    summary: str
    description: str = ""
    tags: tuple[str, ...] = ()
    params: dict[str, Parameter] = Field(default_factory=dict)
    restricted: bool = False
    """Whether it reads data that may not be redistributed, which a release may lack."""
    columns: dict[str, Column] = Field(default_factory=dict)
    """Columns of codes or lists; others need no declaration."""
    fragments: Fragments = Field(default_factory=Fragments)
    """The filters that a request may add to the query."""

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs of the description, each in one line."""
        return [" ".join(one.split()) for one in self.description.split("\n\n") if one.strip()]

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        needed = {
            one for each in self.params.values() for few in each.needs.values() for one in few
        }
        for name in sorted(needed - set(self.params)):
            raise ValueError(f"a value needs {name}, which is not a parameter")
        for name in self.params:
            if name in RESERVED:
                raise ValueError(f"the name {name} is reserved; call the parameter something else")
            if not name.isidentifier() or not name.isascii():
                raise ValueError(f"{name} is not a parameter name: letters, digits and _ only")
        return self


LookUp: TypeAlias = Callable[[str, str, Collection[str]], Sequence[str]]
"""Finds the IRIs of things by words: takes the parameter name, its value and the kinds."""

MAX_FOUND = 5_000
"""The maximum number of things that words may find."""


@dataclass(frozen=True)
class CannedQuery:
    """A canned query: its name, header, text and columns."""

    name: str
    header: Header
    text: str
    columns: tuple[str, ...]

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Its parameters by name, in the order of the header."""
        return self.header.params

    def label(self, parameter: str, language: str = SOURCE) -> str:
        """The label of a parameter: the term of the glossary, unless the header has another."""
        declared = self.parameters[parameter].label
        usual = declared == parameter_label(self.name, parameter)
        return parameter_label(self.name, parameter, language) if usual else declared

    def column(self, name: str) -> Column:
        """The declaration of a column, by default the codes of the parameter of that name."""
        if (declared := self.header.columns.get(name)) is not None:
            return declared
        parameter = self.parameters.get(name)
        return Column(iri=parameter.iri if parameter else None)

    def bind(
        self,
        values: Mapping[str, list[str]],
        choices: Mapping[str, tuple[str, ...]] | None = None,
        look_up: LookUp | None = None,
    ) -> str:
        """The text of the query with values of its parameters.

        `values` has any number of values per parameter; empty ones are ignored. `choices` has the
        allowed values of parameters whose choices a query lists; without it these are not checked.
        `look_up` finds things by words (see `meagraph.core.full_text.FullText.found`); it is needed
        if `values` has any (see `words_in`).

        Raises UnknownParameter, MissingParameter, BadValue, and any exception of `look_up`.
        """
        arguments = parameters.complete(self.parameters, values)
        blocks: dict[tuple[str, ...], list[str]] = {}
        filters: dict[str, list[str]] = {}
        for name, chosen in arguments.items():
            parameter = self.parameters[name]
            known = parameter.listed or (choices or {}).get(name)
            checked = parameters.check(name, parameter, chosen, known)
            parameters.check_needs(name, parameter, chosen, arguments)
            if parameter.type == "words":
                found = _found(name, parameter, checked, look_up)
                filters[name] = [_commented(words, iris) for words, iris in found.items()]
                terms = [literal(words) for words in found]
                blocks[(f"_{name}",)] = [*terms, *(one for iris in found.values() for one in iris)]
            else:
                terms = [parameters.term(name, parameter, one) for one in checked]
                filters[name] = blocks[(f"_{name}",)] = terms
        composed = compose(self.text, self.header.fragments, filters)
        return composition.fill(composed, blocks, keep=False)

    def words_in(self, values: Mapping[str, list[str]]) -> bool:
        """Whether any value is of type words, which needs a lookup."""
        return any(
            parameter.type == "words" and any(map(str.strip, values.get(name, ())))
            for name, parameter in self.parameters.items()
        )

    @cached_property
    def open_text(self) -> str:
        """The text with all filters, and a data block for each possible value."""
        return with_all_filters(self.text, self.header.fragments)


def _found(
    name: str, parameter: Parameter, values: Sequence[str], look_up: LookUp | None
) -> dict[str, list[str]]:
    """The things that the words of each value find, as SPARQL terms. Raises BadValue."""
    if look_up is None:
        raise ValueError(f"{name} has words, which must be looked up")
    found = {}
    for words in values:
        text_search.check(name, words)
        found[words] = [f"<{iri}>" for iri in look_up(name, words, parameter.searched)]
    if (number := len({one for iris in found.values() for one in iris})) > MAX_FOUND:
        raise BadValue(
            f"{name}={quoted(values[0])} finds {number:,} things; the limit is {MAX_FOUND:,}. "
            "Give a rarer word, or several."
        )
    return found


def _commented(words: str, found: Sequence[str]) -> str:
    """The IRIs that words find, after a comment with the words and the number of IRIs."""
    shown = "".join(letter if letter.isprintable() else " " for letter in words)
    return "\n".join([f"# {shown}: {len(found):,} found", *found])


def read(name: str, text: str, shared: Declarations | None = None) -> CannedQuery:
    """Parse the text of a canned query file, with the shared declarations of its folder.

    Raises QueryFileError, naming the file and the fault.
    """
    shared = shared or Declarations()
    raw = _raw(name, text, shared)
    extended = raw.pop("extends", None)
    if extended is not None:
        body = _extended(_body_of(shared.extended(extended)), _body_of(text).strip())
        text = f"{_header_of(text)}{body}"
    columns = _columns(name, text)
    there = {key: one for key, one in shared.columns.items() if key in columns}
    raw["columns"] = {**there, **(raw.get("columns") or {})}
    for key, declared in (raw.get("params") or {}).items():
        if (label := parameter_label(name, key)) != key:
            declared.setdefault("label", label)
    header = _validated(name, _with_fragments(raw, shared))
    _check_values(name, header)
    _check_columns(name, header, columns)
    query = CannedQuery(name, header, text, columns)
    try:
        _check_places(name, header, query.open_text)
    except ValueError as error:
        raise QueryFileError(f"{name}.rq: {error}. Correct the query") from None
    return query


def read_header(name: str, text: str) -> Header:
    """Parse only the header of a query file. Raises QueryFileError as `read` does."""
    return _validated(name, _with_fragments(_raw(name, text, Declarations()), Declarations()))


def _raw(name: str, text: str, shared: Declarations) -> Raw:
    """The content of a header, with the declarations that it takes from its folder."""
    lines = [line[2:].removeprefix(" ") for line in _header_of(text).splitlines()]
    if not lines:
        raise QueryFileError(f"{name}.rq: there is no header. Begin it with `#+ summary: …`.")
    raw = mapping(f"{name}.rq", "\n".join(lines), "the header")
    own = raw.get("params") or {}
    if not isinstance(own, dict):
        raise QueryFileError(f"{name}.rq: params: must name parameters. Correct the header")
    if "all_filters_of" in raw:
        removed = {key for key, one in (raw.get("filters") or {}).items() if one == ""}
        every = shared.parameters_of(raw["all_filters_of"])
        own |= {key: None for key in every if key not in {*own, *removed}}
    try:
        declared = {key: shared.parameter(key, value) for key, value in own.items()}
    except QueryFileError as error:
        raise QueryFileError(f"{name}.rq: {error}") from None
    if (extended := raw.get("extends")) is None:
        return {**raw, "params": declared} if declared else raw
    base = _raw(extended, shared.extended(extended), shared)
    inherited: Raw = base["params"]
    for key, value in own.items():
        declared[key] = {**inherited.get(key, declared[key]), **(value or {})}
    descriptions = [raw.get("description"), base.get("description")]
    if _body_of(text).strip():  # the inherited description does not fit its own columns
        descriptions.pop()
    return {
        **base,
        **raw,
        "description": "\n".join(one for one in descriptions if one),
        "params": {**declared, **{key: one for key, one in inherited.items() if key not in own}},
    }


_FILTERS_OF = {"filters_of", "all_filters_of"}
"""Keys of a header that name fragments: for its own parameters, or with all their parameters."""
_FRAGMENT_KEYS = ("groups", "filters", "prefixes")
"""Keys of a header that belong to its fragments."""


def _with_fragments(raw: Raw, shared: Declarations) -> Raw:
    """Add the fragments of a header's filters, shared ones and its own."""
    found: Raw = {}
    for key in _FILTERS_OF & raw.keys():
        found = shared.fragments(raw[key])
    own = {key: raw[key] for key in _FRAGMENT_KEYS if key in raw}
    for key, value in own.items():
        found = {**found, key: {**found.get(key, {}), **value}}
    if "filters" in found:
        taken = raw.get("params") or {}
        kept = {name: one for name, one in found["filters"].items() if one and name in taken}
        found = {**found, "filters": kept}
    rest = {key: value for key, value in raw.items() if key not in {*own, *_FILTERS_OF}}
    return {**rest, "fragments": found} if found else rest


def _header_of(text: str) -> str:
    """The leading lines that are the header."""
    lines = text.splitlines(keepends=True)
    return "".join(takewhile(lambda line: line.startswith("#+"), lines))


def _body_of(text: str) -> str:
    return text[len(_header_of(text)) :]


def _extended(body: str, own: str) -> str:
    """The body of a query that extends another: its own, or `body` with its own SELECT clause."""
    if not own:
        return body
    if any(token.kind == "word" and token.text.upper() == "WHERE" for token in tokens(own)):
        return f"\n{own}\n"
    read = [token for token in tokens(body) if token.kind == "word"]
    start = next(token.start for token in read if token.text.upper() == "SELECT")
    end = next(token.start for token in read if token.text.upper() == "WHERE")
    return f"{body[:start]}{own}\n{body[end:]}"


def _validated(name: str, raw: Raw) -> Header:
    try:
        return Header.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "header"
        raise QueryFileError(f"{name}.rq: {where}: {first['msg']}. Correct the header") from None


def _check_values(name: str, header: Header) -> None:
    """Check that defaults and examples are valid values of their parameters."""
    for parameter_name, declared in header.params.items():
        example = () if declared.example is None else (declared.example,)
        for value in (*declared.default, *example):
            try:
                parameters.check(parameter_name, declared, [value], declared.listed)
                if declared.type == "words":
                    text_search.check(parameter_name, value)
                else:
                    parameters.term(parameter_name, declared, value)
            except BadValue as error:
                raise QueryFileError(f"{name}.rq: default or example: {error}") from None


def _check_columns(name: str, header: Header, columns: tuple[str, ...]) -> None:
    """Check that all declared columns exist."""
    known = {*columns, *header.params}
    for column, declared in header.columns.items():
        if column not in columns:
            raise QueryFileError(f"{name}.rq: columns: {column} is not a column of the query.")
        for other in sorted(declared.named - known):
            raise QueryFileError(
                f"{name}.rq: columns: {column} names {other}, which is not a column or parameter."
            )


def _columns(name: str, text: str) -> tuple[str, ...]:
    """The columns in the outermost SELECT clause."""
    found = _projected(token for token in tokens(text) if token.kind not in INSIGNIFICANT)
    if not found:
        raise QueryFileError(f"{name}.rq: must be a SELECT that names its columns (not *).")
    return tuple(found)


def _projected(read_tokens: Iterable[Token]) -> list[str]:
    started, depth = False, 0
    found: list[str] = []
    previous = ""
    for token in read_tokens:
        word = token.text.upper()
        if not started:
            if token.text == "{":
                break
            started = token.kind == "word" and word == "SELECT"
            continue
        if depth == 0 and (word in ("WHERE", "FROM") or token.text == "{"):
            break
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "variable" and (depth == 0 or (depth == 1 and previous == "AS")):
            found.append(token.text[1:])
        previous = word
    return found


def _check_places(name: str, header: Header, text: str) -> None:
    """Check that every parameter has a data block in the body, and every data block a parameter."""
    needed: set[tuple[str, ...]] = set()
    composed: set[tuple[str, ...]] = set()
    for parameter_name in header.params:
        needed.add((f"_{parameter_name}",))
        if parameter_name in header.fragments.parameters:
            composed.add((f"_{parameter_name}",))
    there = composition.parameter_blocks(text)
    for block in sorted(needed - there - composed):
        raise QueryFileError(f"{name}.rq: the body lacks the data block {_block_text(block)}.")
    for block in sorted(there - needed):
        raise QueryFileError(f"{name}.rq: no parameter fills the data block {_block_text(block)}.")


def _block_text(block: tuple[str, ...]) -> str:
    names = " ".join(f"?{name}" for name in block)
    if len(block) == 1:
        return f"VALUES {names} {{ UNDEF }}"
    return f"VALUES ({names}) {{ ({' '.join(['UNDEF'] * len(block))}) }}"
