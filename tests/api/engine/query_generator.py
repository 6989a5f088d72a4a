"""Random queries over the vocabulary of the small release, as hypothesis strategies of texts.

`queries` gives all forms and most of the language, `broken` what is almost SPARQL, `comparable`
the part on which engines must agree row by row.
"""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import strategies as st

from tests.api.conftest import DATA

QUADS = list(ox.parse((DATA / "small.trig").read_text(encoding="utf-8"), ox.RdfFormat.TRIG))
"""The data that the queries are about."""

_SUBJECTS = sorted({str(quad.subject) for quad in QUADS})
_PREDICATES = sorted({str(quad.predicate) for quad in QUADS})
_OBJECTS = sorted({str(quad.object) for quad in QUADS})
_GRAPHS = sorted({str(quad.graph_name) for quad in QUADS})

Texts = st.SearchStrategy[str]

variables: Texts = st.sampled_from(["?a", "?b", "?c"])
_constants: Texts = st.sampled_from(
    [*_OBJECTS, "1", "2.5", "1e0", "true", '""', '"в"@ru', '"x"', "<http://example.org/none>"]
)
_subjects: Texts = variables | st.sampled_from(_SUBJECTS)
_predicates: Texts = st.sampled_from(_PREDICATES)


def _joined(parts: Texts, separator: str, least: int, most: int) -> Texts:
    return st.lists(parts, min_size=least, max_size=most).map(separator.join)


@st.composite
def _triple(draw: st.DrawFn) -> tuple[str, str, str]:
    """A triple of the data of which some is asked for: mostly about ?a, so that patterns meet."""
    quad = draw(st.sampled_from(QUADS))
    subject = draw(st.sampled_from(["?a"] * 6 + ["?b", str(quad.subject)]))
    predicate = draw(st.sampled_from([str(quad.predicate)] * 9 + ["?c"]))
    object_ = draw(st.sampled_from(["?b", "?c", "?d", "?e", "?f", "?a", str(quad.object)]))
    return subject, predicate, object_


# ---------------------------------------------------------------------------- paths and patterns

_plain_paths: Texts = st.recursive(
    _predicates,
    lambda inner: st.one_of(
        inner.map(lambda path: f"^({path})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}/{two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
    ),
    max_leaves=3,
)
_paths: Texts = st.one_of(
    _plain_paths,
    st.tuples(_plain_paths, st.sampled_from("*+?")).map(lambda two: f"({two[0]}){two[1]}"),
    st.tuples(_predicates, _predicates).map(lambda two: f"!({two[0]}|^{two[1]})"),
)
_plain_triples: Texts = _triple().map(" ".join).map(lambda triple: f"{triple} .")
_triples: Texts = st.one_of(
    _plain_triples,
    _plain_triples,
    st.tuples(_triple(), _paths).map(lambda two: f"{two[0][0]} {two[1]} {two[0][2]} ."),
)
_blocks: Texts = _joined(_triples, " ", 1, 3)

# ------------------------------------------------------------------------------------ expressions

_values: Texts = variables | _constants
_UNARY = """
STR LANG DATATYPE STRLEN UCASE ABS isIRI isLITERAL YEAR MD5 ENCODE_FOR_URI
"""
_BINARY = """
CONTAINS STRSTARTS STRBEFORE STRDT STRLANG sameTerm LANGMATCHES REGEX CONCAT
"""


def _larger(inner: Texts) -> Texts:
    return st.one_of(
        st.tuples(st.sampled_from(_UNARY.split()), inner).map(lambda two: f"{two[0]}({two[1]})"),
        st.tuples(st.sampled_from(_BINARY.split()), inner, inner).map(
            lambda three: f"{three[0]}({three[1]}, {three[2]})"
        ),
        st.tuples(
            inner,
            st.sampled_from(["=", "!=", "<", ">=", "&&", "||", "+", "-", "*", "/"]),
            inner,
        ).map(lambda three: f"({' '.join(three)})"),
        st.tuples(inner, inner, inner).map(lambda three: f"IF({', '.join(three)})"),
        st.tuples(inner, inner).map(lambda two: f"COALESCE({two[0]}, {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} IN ({two[1]}, 1))"),
        inner.map(lambda one: f"(!{one})"),
        variables.map(lambda one: f"BOUND({one})"),
    )


_expressions: Texts = st.recursive(_values, _larger, max_leaves=4)

# ----------------------------------------------------------------------------------------- groups

_tables: Texts = st.lists(_constants | st.just("UNDEF"), min_size=0, max_size=3).map(
    lambda row: f"VALUES ?a {{ {' '.join(row)} }}"
)
_aggregates: Texts = st.tuples(
    st.sampled_from(["COUNT", "SUM", "MIN", "MAX", "AVG"]),
    st.sampled_from(["", "DISTINCT "]),
    variables,
).map(lambda three: f"({three[0]}({three[1]}{three[2]}) AS ?n)")


def _grouped(group: Texts) -> Texts:
    """Subqueries with an aggregate."""
    return st.tuples(variables, _aggregates, group).map(
        lambda three: f"SELECT {three[0]} {three[1]} WHERE {{ {three[2]} }} GROUP BY {three[0]}"
    )


def _groups(group: Texts) -> Texts:
    elements = st.one_of(
        group.map(lambda inner: f"OPTIONAL {{ {inner} }}"),
        st.tuples(group, group).map(lambda two: f"{{ {two[0]} }} UNION {{ {two[1]} }}"),
        group.map(lambda inner: f"MINUS {{ {inner} }}"),
        group.map(lambda inner: f"FILTER NOT EXISTS {{ {inner} }}"),
        group.map(lambda inner: f"FILTER EXISTS {{ {inner} }}"),
        st.tuples(st.sampled_from([*_GRAPHS, "?g"]), group).map(
            lambda two: f"GRAPH {two[0]} {{ {two[1]} }}"
        ),
        _expressions.map(lambda condition: f"FILTER({condition})"),
        _expressions.map(lambda value: f"BIND({value} AS ?x)"),
        _grouped(group).map(lambda query: f"{{ {query} }}"),
        _tables,
        _blocks,
    )
    return st.tuples(group, elements).map(" ".join)


_patterns: Texts = st.recursive(_blocks, _groups, max_leaves=4)

# ---------------------------------------------------------------------------------------- queries

_froms: Texts = st.one_of(
    st.just(""),
    st.just(""),
    st.sampled_from(_GRAPHS).map(lambda graph: f"FROM {graph} "),
    st.tuples(st.sampled_from(_GRAPHS), st.sampled_from(_GRAPHS)).map(
        lambda two: f"FROM {two[0]} FROM NAMED {two[1]} "
    ),
)
_ends: Texts = st.tuples(
    st.one_of(st.just(""), _expressions.map(lambda key: f" ORDER BY ({key})")),
    st.one_of(st.just(""), st.integers(0, 50).map(lambda number: f" LIMIT {number}")),
    st.one_of(st.just(""), st.integers(0, 9).map(lambda number: f" OFFSET {number}")),
).map("".join)
_heads: Texts = st.sampled_from(["SELECT *", "SELECT DISTINCT *", "SELECT REDUCED ?a ?c", "ASK"])

selects_in_full: Texts = st.one_of(
    st.tuples(st.sampled_from(["SELECT *", "SELECT DISTINCT ?a ?b", "SELECT ?c"]), _patterns).map(
        lambda two: f"{two[0]} {{ {two[1]} }}"
    ),
    _grouped(_patterns),
)
"""Rows that do not depend on an order."""

queries: Texts = st.one_of(
    selects_in_full,
    st.tuples(_heads, _froms, _patterns, _ends).map(
        lambda four: f"{four[0]} {four[1]}WHERE {{ {four[2]} }}{four[3]}"
    ),
    st.tuples(_joined(_plain_triples, " ", 1, 3), _patterns).map(
        lambda two: f"CONSTRUCT {{ {two[0]} }} WHERE {{ {two[1]} }} LIMIT 100"
    ),
    st.tuples(_subjects, _patterns).map(
        lambda two: f"DESCRIBE {two[0]} WHERE {{ {two[1]} }} LIMIT 20"
    ),
    st.sampled_from(_SUBJECTS).map(lambda subject: f"DESCRIBE {subject}"),
)
"""All forms of queries."""


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A query of which a piece is cut out, said twice or replaced."""
    text = draw(queries)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(start + 8, len(text))))
    piece = draw(
        st.one_of(
            st.just(""),
            st.just(text[start:end] * 2),
            st.sampled_from([*"{}()<>?*.;^|/\\'\"#@", "SERVICE ", "\0", "\\u00", "�", "((("]),
            st.text(max_size=4),
        )
    )
    return text[:start] + piece + text[end:]


# --------------------------------------------------------- what another engine answers alike

_compared: Texts = st.one_of(
    variables.map(lambda one: f"isIRI({one})"),
    st.tuples(variables, st.sampled_from(_SUBJECTS)).map(lambda two: f"{two[0]} = {two[1]}"),
    st.tuples(variables, variables).map(lambda two: f"sameTerm({two[0]}, {two[1]})"),
    st.tuples(variables, st.sampled_from(["Plan", "fence", "A"])).map(
        lambda two: f'CONTAINS(STR({two[0]}), "{two[1]}")'
    ),
    variables.map(lambda one: f"STRLEN(STR({one})) > 20"),
)
_certain: Texts = st.one_of(
    variables.map(lambda one: f"BOUND({one})"),
    # rdflib takes an error for an error where the other side of && or || decides.
    _compared.map(lambda one: f"COALESCE({one}, false)"),
)
_filters: Texts = st.recursive(
    _certain,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} && {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} || {two[1]})"),
        inner.map(lambda one: f"!({one})"),
    ),
    max_leaves=3,
)
_plain_together: Texts = _joined(_plain_triples, " ", 1, 3)
_together: Texts = _joined(
    st.one_of(
        _plain_triples,
        st.tuples(variables, _plain_paths, variables).map(lambda three: f"{' '.join(three)} ."),
        st.tuples(st.sampled_from(_SUBJECTS), _plain_paths, variables).map(
            lambda three: f"{three[0]} ({three[1]})+ {three[2]} ."
        ),
    ),
    " ",
    1,
    3,
)


def _whole(block: Texts) -> Texts:
    rests = st.one_of(
        st.just(""),
        block.map(lambda inner: f"OPTIONAL {{ {inner} }}"),
        block.map(lambda inner: f"MINUS {{ {inner} }}"),
        block.map(lambda inner: f"FILTER NOT EXISTS {{ {inner} }}"),
        _filters.map(lambda condition: f"FILTER({condition})"),
        # rdflib loses some of equal rows.
        st.lists(st.sampled_from(_SUBJECTS), min_size=1, max_size=3, unique=True).map(
            lambda row: f"VALUES ?a {{ {' '.join(row)} }}"
        ),
    )
    # RDFLib loses some of the equal rows of a UNION that follows another join.
    unions = st.tuples(block, block).map(lambda two: f"{{ {two[0]} }} UNION {{ {two[1]} }}")
    return st.tuples(block, rests | unions, rests).map(" ".join)


comparable: Texts = st.one_of(
    _whole(_plain_together).map(lambda pattern: f"SELECT ?a ?b ?c {{ {pattern} }}"),
    # Oxigraph gives a row once where two ways of a path lead to it, and not once for each.
    _whole(_together).map(lambda pattern: f"SELECT DISTINCT ?a ?b ?c {{ {pattern} }}"),
    st.tuples(
        variables, st.sampled_from(["", "DISTINCT "]), variables, _whole(_plain_together)
    ).map(
        lambda four: (
            f"SELECT {four[0]} (COUNT({four[1]}{four[2]}) AS ?n) "
            f"{{ {four[3]} }} GROUP BY {four[0]} HAVING (COUNT(*) > 0)"
        )
    ),
)
"""Queries of the language's middle: no order, no arithmetic, no empty paths."""
