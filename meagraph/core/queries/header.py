"""Reads a canned query file: a YAML header in leading ``#+`` lines, then SPARQL.

The file is the one place that describes a canned query: routes, forms, documentation and checks
are made from what is read here. Headers are in the manner of grlc (https://grlc.io), with the keys
``params`` and ``columns`` added.
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
from meagraph.core.lexer import INSIGNIFICANT, Token, tokens
from meagraph.core.queries import composition, parameters, text_search
from meagraph.core.queries.composition import literal
from meagraph.core.queries.declarations import Declarations, Raw, mapping
from meagraph.core.queries.fragments import Fragments, compose, opened
from meagraph.core.queries.parameters import Parameter
from meagraph.core.quoting import quoted

RESERVED = frozenset({"format", "page", "page_size", "bom", "view", "lang"})
"""Names that every canned query takes; no parameter may bear them."""


class Column(BaseModel):
    """What a header says of one column: what the codes in it stand for, and whether it has lists.

    A code stands for the thing at an address (`iri`), or is a notation of a concept scheme
    (`scheme`). Either may name other columns and parameters of the query in braces: in
    ``…/scheme/priority/{instrument}`` every plan has a scheme of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    iri: str | None = None
    """The address of the thing, with ``{value}`` in the place of the code."""
    scheme: str | None = None
    """The address of the concept scheme."""
    within: str | None = None
    """The column of the plan in which a value means something, where no address names it."""
    separator: str | None = None
    """What stands between the items of a cell, for a column of lists."""

    @model_validator(mode="after")
    def _codes_stand_for_one_thing(self) -> Self:
        if self.iri is not None and self.scheme is not None:
            raise ValueError("a column has a key iri or a key scheme, not both")
        places = _placeholders(self.iri or self.scheme or "")
        if self.iri is not None and "value" not in places:
            raise ValueError("the key iri of a column has a {value} in it")
        return self

    @property
    def named(self) -> frozenset[str]:
        """The columns and parameters on which the meaning of a value depends."""
        within = {self.within} if self.within else set()
        return (_placeholders(self.iri or self.scheme or "") | within) - {"value"}


def _placeholders(template: str) -> frozenset[str]:
    """The names in braces. Raises ValueError where braces do not match."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


class Header(BaseModel):
    """The whole header of a canned query file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    summary: str
    description: str = ""
    tags: tuple[str, ...] = ()
    params: dict[str, Parameter] = Field(default_factory=dict)
    restricted: bool = False
    """Whether it reads facts that may not be redistributed, which a release may lack."""
    columns: dict[str, Column] = Field(default_factory=dict)
    """Columns of codes or lists; others need no word."""
    fragments: Fragments = Field(default_factory=Fragments)
    """The filters that are added to the query where they are given."""

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        needed = {
            one for each in self.params.values() for few in each.needs.values() for one in few
        }
        for name in sorted(needed - set(self.params)):
            raise ValueError(f"a value needs {name}, which is no parameter")
        for name in self.params:
            if name in RESERVED:
                raise ValueError(f"the name {name} is reserved; call the parameter something else")
            if not name.isidentifier() or not name.isascii():
                raise ValueError(f"{name} is no name for a parameter: letters, digits and _ only")
        return self


LookUp: TypeAlias = Callable[[str, str, Collection[str]], Sequence[str]]
"""Finds the IRIs of things of some kinds by words: the parameter, its value, the kinds."""

MOST_FOUND = 5_000
"""The most things that words may find."""


@dataclass(frozen=True)
class CannedQuery:
    """A canned query: its name, what its header says, its text and its columns."""

    name: str
    header: Header
    text: str
    columns: tuple[str, ...]

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Its parameters by name, in the order of the header."""
        return self.header.params

    def column(self, name: str) -> Column:
        """What a column holds: what the header says, else codes of the parameter of that name."""
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
        """The query's text with the given values in their places.

        `values` holds any number of values per parameter; empty ones count as not given. `choices`
        names the values there are for parameters whose choices a query lists; without it those are
        not checked. `look_up` finds things by words (see `meagraph.core.full_text.FullText.found`),
        which is needed if `values` has any (see `words_in`).

        Raises UnknownParameter, MissingParameter, BadValue, and what `look_up` raises.
        """
        given = parameters.complete(self.parameters, values)
        blocks: dict[tuple[str, ...], list[str]] = {}
        filters: dict[str, list[str]] = {}
        for name, chosen in given.items():
            parameter = self.parameters[name]
            known = parameter.listed or (choices or {}).get(name)
            checked = parameters.check(name, parameter, chosen, known)
            parameters.check_needs(name, parameter, chosen, given)
            if parameter.type == "words":
                found = _found(name, parameter, checked, look_up)
                filters[name] = [_commented(words, iris) for words, iris in found.items()]
                terms = [literal(words) for words in found]
                blocks[(f"_{name}",)] = [*terms, *(one for iris in found.values() for one in iris)]
            else:
                terms = [parameters.term(name, parameter, one) for one in checked]
                filters[name] = blocks[(f"_{name}",)] = terms
        composed = compose(self.text, self.header.fragments, filters)
        return composition.place(composed, blocks, keep=False)

    def words_in(self, values: Mapping[str, list[str]]) -> bool:
        """Whether values hold words, which are looked up."""
        return any(
            parameter.type == "words" and any(map(str.strip, values.get(name, ())))
            for name, parameter in self.parameters.items()
        )

    @cached_property
    def open_text(self) -> str:
        """The text with a data block for every value of a filter that may be given."""
        return opened(self.text, self.header.fragments)


def _found(
    name: str, parameter: Parameter, values: Sequence[str], look_up: LookUp | None
) -> dict[str, list[str]]:
    """The things that the words of each value find, as SPARQL terms. Raises BadValue."""
    if look_up is None:
        raise ValueError(f"{name} holds words, which must be looked up")
    found = {}
    for words in values:
        text_search.check(name, words)
        found[words] = [f"<{iri}>" for iri in look_up(name, words, parameter.searched)]
    if (number := len({one for iris in found.values() for one in iris})) > MOST_FOUND:
        raise BadValue(
            f"{name}={quoted(values[0])} finds {number:,} things; at most {MOST_FOUND:,} can be "
            "looked at. Give a rarer word, or several."
        )
    return found


def _commented(words: str, found: Sequence[str]) -> str:
    """What words find, with a comment that says so."""
    shown = "".join(letter if letter.isprintable() else " " for letter in words)
    return "\n".join([f"# {shown}: {len(found):,} found", *found])


def read(name: str, text: str, shared: Declarations | None = None) -> CannedQuery:
    """A canned query from the text of its file, and from what the files of its folder share.

    Raises QueryFileError, naming the file and what is wrong in it.
    """
    shared = shared or Declarations()
    raw = _raw(name, text, shared)
    extended = raw.pop("extends", None)
    header = _validated(name, _with_fragments(raw, shared))
    if extended is not None:
        body = _extended(_body_of(shared.extended(extended)), _body_of(text).strip())
        text = f"{_header_of(text)}{body}"
    columns = _columns(name, text)
    _check_values(name, header)
    _check_columns(name, header, columns)
    query = CannedQuery(name, header, text, columns)
    try:
        _check_places(name, header, query.open_text)
    except ValueError as error:
        raise QueryFileError(f"{name}.rq: {error}. Correct the query") from None
    return query


def read_header(name: str, text: str) -> Header:
    """The header of a query file alone. Raises QueryFileError, as `read` does."""
    return _validated(name, _with_fragments(_raw(name, text, Declarations()), Declarations()))


def _raw(name: str, text: str, shared: Declarations) -> Raw:
    """What a header says, with what it takes from elsewhere in the folder."""
    lines = [line[2:].removeprefix(" ") for line in _header_of(text).splitlines()]
    if not lines:
        raise QueryFileError(f"{name}.rq: has no header. Begin it with `#+ summary: …`.")
    raw = mapping(f"{name}.rq", "\n".join(lines), "the header")
    own = raw.get("params") or {}
    if not isinstance(own, dict):
        raise QueryFileError(f"{name}.rq: params: must name parameters. Correct the header")
    try:
        declared = {key: shared.parameter(key, said) for key, said in own.items()}
    except QueryFileError as error:
        raise QueryFileError(f"{name}.rq: {error}") from None
    if (extended := raw.get("extends")) is None:
        return {**raw, "params": declared} if declared else raw
    base = _raw(extended, shared.extended(extended), shared)
    inherited: Raw = base["params"]
    for key, said in own.items():
        declared[key] = {**inherited.get(key, declared[key]), **(said or {})}
    descriptions = [raw.get("description"), base.get("description")]
    if _body_of(text).strip():  # it has columns of its own, of which the other one knows nothing
        descriptions.pop()
    return {
        **base,
        **raw,
        "description": "\n".join(one for one in descriptions if one),
        "params": {**declared, **{key: one for key, one in inherited.items() if key not in own}},
    }


_OF_FRAGMENTS = ("groups", "filters", "prefixes")
"""Keys of a header that are of its fragments, not of the query."""


def _with_fragments(raw: Raw, shared: Declarations) -> Raw:
    """A header with the fragments of the filters that it declares, shared ones and its own."""
    found: Raw = {}
    if "filters_of" in raw:
        found = shared.fragments(raw["filters_of"])
    own = {key: raw[key] for key in _OF_FRAGMENTS if key in raw}
    for key, said in own.items():
        found = {**found, key: {**found.get(key, {}), **said}}
    if "filters" in found:
        taken = raw.get("params") or {}
        kept = {name: one for name, one in found["filters"].items() if one and name in taken}
        found = {**found, "filters": kept}
    rest = {key: said for key, said in raw.items() if key not in (*own, "filters_of")}
    return {**rest, "fragments": found} if found else rest


def _header_of(text: str) -> str:
    """The leading lines that are the header."""
    lines = text.splitlines(keepends=True)
    return "".join(takewhile(lambda line: line.startswith("#+"), lines))


def _body_of(text: str) -> str:
    return text[len(_header_of(text)) :]


def _extended(body: str, own: str) -> str:
    """The body of a query that extends another: its own, or the other's with its SELECT clause."""
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
    """Defaults and examples are values that the parameter takes."""
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
    """What is said of columns is said of some that there are."""
    known = {*columns, *header.params}
    for column, declared in header.columns.items():
        if column not in columns:
            raise QueryFileError(f"{name}.rq: columns: {column} is no column of the query.")
        for other in sorted(declared.named - known):
            raise QueryFileError(
                f"{name}.rq: columns: {column} names {other}, which is no column or parameter."
            )


def _columns(name: str, text: str) -> tuple[str, ...]:
    """The columns that the outermost SELECT clause names."""
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
    """Every parameter has its places in the body, and every place its parameter."""
    needed: set[tuple[str, ...]] = set()
    composed: set[tuple[str, ...]] = set()
    for parameter_name in header.params:
        needed.add((f"_{parameter_name}",))
        if parameter_name in header.fragments.parameters:
            composed.add((f"_{parameter_name}",))
    there = composition.places(text)
    for block in sorted(needed - there - composed):
        raise QueryFileError(f"{name}.rq: the body lacks the data block {_shown(block)}.")
    for block in sorted(there - needed):
        raise QueryFileError(f"{name}.rq: no parameter fills the data block {_shown(block)}.")


def _shown(block: tuple[str, ...]) -> str:
    names = " ".join(f"?{name}" for name in block)
    if len(block) == 1:
        return f"VALUES {names} {{ UNDEF }}"
    return f"VALUES ({names}) {{ ({' '.join(['UNDEF'] * len(block))}) }}"
