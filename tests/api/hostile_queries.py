"""Queries that would bring a service down: declared by name, with how each may end.

They are asked of `DATA`, in which little is said of few things, each of them known to many.
"""

from __future__ import annotations

from itertools import product

MOST = 262_144
"""The longest query that the service reads."""

PEOPLE = 60
DATA = "PREFIX : <http://e/>\n:g {\n" + "\n".join(
    [f":p{one} :knows :p{other} ." for one, other in product(range(PEOPLE), repeat=2)]
    + [f':p{one} :says "{"a" * 40} {one}" ; :age {one} .' for one in range(PEOPLE)]
    + ["}"]
)

_P = "PREFIX : <http://e/> "
_CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
"""A product of some 10^14 rows."""


def _doubled(times: int, start: str, join: str) -> str:
    """Bindings that make ever longer strings, each of the one before."""
    steps = [f"BIND({start} AS ?x0)"]
    steps += [f"BIND({join.format(x=f'?x{n}')} AS ?x{n + 1})" for n in range(times)]
    return " ".join(steps)


def _filled(head: str, item: str, tail: str, most: int = 60_000) -> str:
    """A query so long: an item again and again, with its number for `#`."""
    parts, size = [head], len(head) + len(tail)
    number = 0
    while (size := size + len(entry := item.replace("#", str(number)))) <= most:
        parts.append(entry)
        number += 1
    return "".join([*parts, tail])


_TWICE = "CONCAT({x}, {x})"
_SHORT = '"0123456789abcdef"'
_LONG = _doubled(14, _SHORT, _TWICE)
"""A string of 256 kB."""

ENDLESS = {
    "a cross join": f"SELECT * {{ {_CROSS} }}",
    "a cross join, counted": f"SELECT (COUNT(*) AS ?n) {{ {_CROSS} }}",
    "a cross join of which nothing is left": (
        f'SELECT * {{ {_CROSS} FILTER(CONCAT(STR(?c), STR(?f), STR(?i), STR(?l)) = "never") }}'
    ),
    "a cross join of values": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f" VALUES ?v{n} {{ {' '.join(map(str, range(300)))} }}" for n in range(5))
    + " }",
    "a sort of a cross join": f"SELECT * {{ {_CROSS} }} ORDER BY ?l DESC(STR(?i)) ?f ?c",
    "the first row of a sorted cross join": f"SELECT * {{ {_CROSS} }} ORDER BY ?l LIMIT 1",
    "what is distinct of a cross join": f"SELECT DISTINCT * {{ {_CROSS} }} LIMIT 1000000000",
    "groups of a cross join": (
        f"SELECT ?a ?d ?g ?j (COUNT(*) AS ?n) {{ {_CROSS} }} GROUP BY ?a ?d ?g ?j"
    ),
    "a cross join below NOT EXISTS": (
        f"ASK {{ FILTER NOT EXISTS {{ {_CROSS} FILTER(?l = ?nothing) }} }}"
    ),
    "a cross join below MINUS": f'ASK {{ ?a ?b "never" MINUS {{ {_CROSS} }} }}',
    "a row beyond all others": f"SELECT * {{ {_CROSS} }} OFFSET 100000000000",
    "unbounded paths": (
        _P + "SELECT (COUNT(*) AS ?n) { ?a (:knows|^:knows|!:x)* ?b . ?b (:knows/:knows)+ ?c . "
        "?c ((:knows*)/(^:knows*))* ?d . ?d :knows+ ?e . ?e :knows* ?f }"
    ),
    "paths within paths": _P
    + "SELECT * { ?a ((((:knows*)/:knows*)*/:knows+)*|(^:knows)*)+ ?b . ?c (:knows*)* ?d . "
    + "?e (:knows+)+ ?f }",
    "a string that doubles": "SELECT (STRLEN(?x48) AS ?n) { " + _doubled(48, _SHORT, _TWICE) + " }",
    "a string that replaces itself": "SELECT (STRLEN(?x6) AS ?n) { "
    + _doubled(6, f'"{"a" * 100}"', 'REPLACE({x}, "a", {x})')
    + " }",
    "a group joined into one string": (
        f"SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d), STR(?g))) AS ?x) {{ {_CROSS} }}"
    ),
    "a group of everything that is distinct": (
        f"SELECT (COUNT(DISTINCT CONCAT(STR(?c), STR(?f), STR(?i))) AS ?n) {{ {_CROSS} }}"
    ),
    "gigabytes of rows": f"SELECT ?x14 {{ ?a ?b ?c . {_LONG} }}",
    "gigabytes of one row": "SELECT "
    + " ".join(f"(?x20 AS ?y{n})" for n in range(100))
    + " { "
    + _doubled(20, _SHORT, _TWICE)
    + " }",
    "gigabytes of triples": (
        "CONSTRUCT { ?a ?b ?x14 . ?d ?e ?c . ?g ?h ?f } WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . "
        f"{_LONG} }}"
    ),
    "triples of a cross join": f"CONSTRUCT {{ ?a ?e ?l . ?d ?b ?i }} WHERE {{ {_CROSS} }}",
    "blank nodes without end": f"CONSTRUCT {{ [] ?b [ ?e [] ] }} WHERE {{ {_CROSS} }}",
    "a regular expression over all pairs of strings": (
        f'SELECT (COUNT(*) AS ?n) {{ {_CROSS} FILTER(REGEX(CONCAT(STR(?c), STR(?f)), "(a+)+b$")) }}'
    ),
    "new names without end": f"SELECT (UUID() AS ?u) (STRUUID() AS ?v) {{ {_CROSS} }}",
    "digests of long strings": (
        f"SELECT (SHA512(CONCAT(?x14, STR(?c), STR(?f))) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . {_LONG} }}"
        " ORDER BY ?n"
    ),
}
"""None of them can be answered: each must end as a problem of time, of memory or of length."""

ENDINGS = {413, 503, 504}
"""How what is endless ends; 503 where too many slow queries run already."""

TOO_DEEP = {
    "100,000 brackets": "SELECT (" + "(" * 100_000 + "1" + ")" * 100_000 + " AS ?x) {}",
    "100,000 braces": "SELECT * " + "{" * 100_000 + "}" * 100_000,
    "brackets that never close": "SELECT * { FILTER" + "(" * 250_000,
    "braces that never close": "SELECT * " + "{" * 250_000,
    "square brackets that never close": "ASK { ?s ?p " + "[ ?p " * 50_000,
    "lists in lists": "ASK { ?s ?p " + "(" * 100_000 + ")" * 100_000 + " }",
    "OPTIONAL in OPTIONAL": "SELECT * " + "{ ?a ?b ?c OPTIONAL " * 10_000 + "{}" + "}" * 10_000,
    "queries in queries": "SELECT * { " * 10_000 + "}" * 10_000,
    "EXISTS in EXISTS": "ASK { " + "FILTER NOT EXISTS { " * 10_000 + "}" * 10_001,
    "paths in paths": "ASK { ?s " + "(" * 50_000 + "<a:p>" + ")*" * 50_000 + " ?o }",
    "IF in IF": "ASK { FILTER(" + "IF(1," * 20_000 + "1" + ",1)" * 20_000 + ") }",
}
"""Refused before they reach the engine, or by it."""

HARMLESS = {
    "as many ! as fit": "SELECT (" + "!" * 262_000 + "1 AS ?x) {}",
    "as many minus signs as fit": "SELECT (" + "- " * 130_000 + "1 AS ?x) {}",
    "as many UNION as fit": _filled("SELECT * { {}", " UNION {}", " } LIMIT 1", MOST),
    "as many OPTIONAL as fit": _filled("SELECT * { ", "OPTIONAL {} ", "} LIMIT 1"),
    "as many FILTER as fit": _filled("SELECT * { ", "FILTER(1) ", "} LIMIT 1"),
    "as many && as fit": _filled("SELECT (1", "&&1", " AS ?x) {}"),
    "as many + as fit": _filled("SELECT (1", "+#", " AS ?x) {}"),
    "as many = as fit": _filled("SELECT ((1=1)", "||(1=#)", " AS ?x) {}"),
    "as many entries of IN as fit": _filled(
        "SELECT * { ?s ?p ?o FILTER(?o IN (1", ",#", ")) } LIMIT 1", MOST
    ),
    "as many VALUES as fit": _filled("SELECT * { VALUES ?x { ", "# ", "} } LIMIT 1", MOST),
    "as many rows of VALUES as fit": _filled(
        "SELECT * { VALUES (?x ?y) { ", "(# UNDEF) ", "} VALUES (?x ?y) { (UNDEF 1) } } LIMIT 1"
    ),
    "as many patterns as fit": _filled("SELECT * { ?s ?p ?o", ";?p ?o", " } LIMIT 1"),
    "as many prefixes as fit": _filled("", "PREFIX p#: <http://e/#> ", "ASK {}"),
    "as many columns as fit": _filled("SELECT", " (# AS ?v#)", " {}"),
    "as many steps of a path as fit": _filled("ASK { ?s <a:p>", "/<a:p>", " ?o }"),
    "as many ways of a path as fit": _filled("ASK { ?s <a:p>", "|<a:p#>", " ?o }"),
    "as many excluded properties as fit": _filled("ASK { ?s !(<a:p>", "|<a:p#>", ") ?o }"),
    "as many graphs as fit": _filled("SELECT * ", "FROM <a:#> ", "{ ?s ?p ?o } LIMIT 1"),
    "as many arguments as fit": _filled("SELECT (CONCAT('a'", ",'#'", ") AS ?x) {}"),
    "as many < as fit": "ASK {" + "<" * 250_000,
    "as long a name as fits": "SELECT ?" + "v" * 262_000 + " {}",
    "as long a language as fits": "SELECT ('x'@" + "a" * 8 + "-b1" * 80_000 + " AS ?x) {}",
    "as long a string as fits": "SELECT ('" + "x" * 262_000 + "' AS ?x) {}",
    "as long a remark as fits": "ASK {} #" + "x" * 262_000,
    "as long a number as fits": "SELECT (" + "9" * 262_000 + " AS ?x) {}",
    "as long a fraction as fits": "SELECT (0." + "9" * 262_000 + " + 1.0 AS ?x) {}",
    "as large an exponent as fits": "SELECT (1e" + "9" * 262_000 + " AS ?x) {}",
    "a long choice in a regular expression": _filled("ASK { FILTER REGEX('abc', '", "a#|", "b') }"),
    "repetition within repetition": (
        "SELECT (REGEX('" + "a" * 60 + "', '(((a{1,99}){1,99}){1,99}){1,99}$') AS ?x) {}"
    ),
    "quantifiers that drive others mad": (
        "SELECT (REGEX('" + "a" * 50_000 + "', '^((a*)*)*(a|a?)+(.*)*\\\\w+b$') AS ?x) {}"
    ),
    "a replacement by parts of itself": (
        "SELECT (STRLEN(REPLACE('" + "a" * 300 + "', '(a)', '$1$1$1$1$1$1$1$1')) AS ?x) {}"
    ),
    "a string that is encoded again and again": "SELECT (STRLEN(?x60) AS ?n) { "
    + _doubled(60, '"%%%%%%%%"', "ENCODE_FOR_URI({x})")
    + " }",
    "OPTIONAL in OPTIONAL, as deep as may be": _P
    + "SELECT * "
    + "{ ?a :age 1 OPTIONAL " * 90
    + "{}"
    + "}" * 90
    + " LIMIT 1",
    "queries in queries, as deep as may be": "SELECT * { " * 190 + "}" * 190,
    "!( as deep as may be": "SELECT (" + "!(" * 190 + "1" + ")" * 190 + " AS ?x) {}",
    "a null character": "SELECT ('\0' AS ?x) {}",
    "characters beyond the first plane": "SELECT ('\U0010ffff\ufffe\ufeff' AS ?x) {}",
    "a division by zero": "SELECT (1/0 AS ?x) (1e0/0 AS ?y) (1.0/0 AS ?z) {}",
    "numbers at their ends": (
        "SELECT (9223372036854775807 + 1 AS ?x) (-9223372036854775808 - 1 AS ?y) "
        "(ABS(-9223372036854775808) AS ?z) {}"
    ),
    "pieces of strings that there are not": (
        "SELECT (SUBSTR('é', -1e300, 1e300) AS ?x) (SUBSTR('é', 9223372036854775807, 2) AS ?y) {}"
    ),
    "a date that there is not": (
        'SELECT (YEAR("99999999999999999999-02-30T25:61:61Z"^^'
        "<http://www.w3.org/2001/XMLSchema#dateTime>) AS ?x) {}"
    ),
}
"""They look bad, and are answered, refused or given up at once: nobody else notices."""

BROKEN = {
    "a lone surrogate as bytes": b"query=ASK%7BFILTER(%27%ED%A0%80%27=%27%27)%7D",
    "a pair of surrogates as bytes": b"query=ASK%7BFILTER(%27%ED%A0%BD%ED%B8%80%27=%27%27)%7D",
    "a lone surrogate as an escape": b"query=ASK%7BFILTER(%27%5CuD800%27=%27%27)%7D",
    "a pair of surrogates as escapes": b"query=ASK%7BFILTER(%27%5CuD83D%5CuDE00%27=%27%27)%7D",
    "an escape beyond Unicode": b"query=ASK%7BFILTER(%27%5CU00110000%27=%27%27)%7D",
    "a lone surrogate in an address": b"query=ASK%7B%3Ca:%5CuDFFF%3E+?p+?o%7D",
    "a null character between words": b"query=ASK%00%7B%7D",
    "a null character in an address": b"query=ASK%7B%3Ca:%00%3E+?p+?o%7D",
    "bytes that are too long for their character": b"query=ASK%7B%7D%23%C0%AF",
    "a character that is cut off": b"query=ASK%7B%7D%23%F0%9F%98",
    "a mark of the byte order": b"query=%FE%FFASK%7B%7D",
    "escapes that are none": b"query=ASK%7B%7D%ZZ",
    "only escapes": b"query=" + b"%25" * 40_000,
    "only quotes": b"query=" + b"%22" * 40_000,
    "only backslashes": b"query=ASK%7B%22" + b"%5C" * 40_000,
    "only colons": b"query=" + b"%3A" * 80_000,
    "only letters": b"query=" + b"a" * 250_000,
    "only underscores": b"query=ASK%7B" + b"_%3A" * 60_000,
    "quotes that open again and again": b"query=ASK%7B" + b"%27%27%27%22%22%22" * 14_000,
    "only &": b"&" * 900_000,
    "only =": b"=" * 900_000,
    "thousands of parameters": b"a=b&" * 6_000 + b"query=ASK%7B%7D",
}
"""Bodies of forms that hold no SPARQL; what is `only` one character may take too long to refuse."""

STRANGERS = [
    "ASK { SERVICE <{u}> {} }",
    "ASK { service silent <{u}> {} }",
    "ASK { SERVICESILENT<{u}>{} }",
    "ASK { ?s ?p 1SERVICE<{u}>{} }",
    "ASK { ?s ?p .5SERVICE<{u}>{} }",
    "ASK { ?s ?p 1e1SeRvIcE<{u}>{} }",
    "ASK { ?s ?p trueSERVICE<{u}>{} }",
    "ASK { ?s ?p 'x'SERVICE<{u}>{} }",
    "ASK { ?s ?p 'x'@en SERVICE<{u}>{} }",
    "ASK { ?s ?p 'x'^^<a:t>SERVICE<{u}>{} }",
    "ASK { ?s ?p <a:o>SERVICE<{u}>{} }",
    "ASK { ?s ?p ()SERVICE<{u}>{} }",
    "ASK { ?s ?p []SERVICE<{u}>{} }",
    "ASK { FILTER(1)SERVICE<{u}>{} }",
    "ASK { {}SERVICE<{u}>{} }",
    "PREFIX a: <{u}> ASK { SERVICEa:x {} }",
    "PREFIX a: <{u}> ASK { SERVICE a: {} }",
    "PREFIX SERVICE: <{u}> ASK { SERVICE SERVICE:x {} }",
    "PREFIX a: <a:> ASK { ?s ?p a:x.SERVICE<{u}>{} }",
    "BASE <{u}> ASK { SERVICE <x> {} }",
    "ASK { SERVICE#\n<{u}>{} }",
    "ASK { #\rSERVICE <{u}> {}\n }",
    "ASK { SERVICE\t\r\n<{u}>\x0c{} }",
    "ASK { BIND(<{u}> AS ?u) SERVICE ?u {} }",
    "ASK { VALUES ?u { <{u}> } SERVICE ?u { ?s ?p ?o } }",
    "ASK { VALUES ?u { <{u}> } SERVICE?u{ ?s ?p ?o } }",
    "ASK { BIND(IRI('{u}') AS ?u) SERVICE SILENT ?u {} }",
    "SELECT * { { SELECT * { SERVICE <{u}> { ?s ?p ?o } } } }",
    "SELECT * { ?s ?p ?o OPTIONAL { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o BIND(EXISTS { SERVICE <{u}> {} } AS ?x) }",
    "SELECT * { GRAPH ?g { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o MINUS { SERVICE <{u}> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o LATERAL { SERVICE <{u}> { ?s ?p ?o } } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <{u}> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <{u}> { ?s ?p ?o } }",
    "ASK { ?x<'>')SERVICE<{u}>{}#' ?y }",
    "ASK { FILTER(?x<'>')SERVICE<{u}>{}#') }",
    "ASK { FILTER('''a'''='''b''')SERVICE<{u}>{} }",
    'ASK { FILTER("\\"" = \'#\')SERVICE<{u}>{} }',
    "ASK { ?s <a:p\\u003e> ?o SERVICE <{u}> {} }",
    "ASK { \\u0053ERVICE <{u}> {} }",
    "ASK { ＳＥＲＶＩＣＥ <{u}> {} }",
    "ASK { ſERVICE <{u}> {} }",
    "LOAD <{u}>",
    "LOAD SILENT <{u}> INTO GRAPH <a:g>",
    "load<{u}>",
    "PREFIX a: <{u}> LOAD a:x",
    "BASE <{u}> LOAD <x>",
    "# a remark\rLOAD <{u}>",
    "ASK {} ; LOAD <{u}>",
    "CLEAR ALL ; LOAD <{u}>",
    "VERSION '1.2' LOAD <{u}>",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <{u}> { ?s ?p ?o } }",
]
"""Ways to make an engine speak to a stranger's server at {u}; each is a 400."""
