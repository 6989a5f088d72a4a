"""Infer: what follows from the printed facts, in the graph `inferred`.

Two kinds of rules run to a fixpoint: the files of `queries/rules/` (each one CONSTRUCT query, in
the order of their names, so that `20-…` sees what `10-…` made) and the ontology's closure, one
generated query per axiom with constant predicates. Both read the union of all named graphs; a
triple that stands in any graph already is not written again, so every triple keeps one home.

The closure covers subclasses, subproperties, inverse, symmetric and transitive properties, domains
and ranges (OWL 2 RL/RDF rules cax-sco, prp-spo1, prp-inv1, prp-inv2, prp-symp, prp-trp, prp-dom
and prp-rng: https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules).
It leaves out what tells a reader nothing: ``owl:Thing``, types of literals, restrictions as types.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from meagraph.core import files, names, text_files
from meagraph.core.errors import QueryFileError, QueryRefused
from meagraph.core.lexer import refuse_deep_nesting

INFERRED = ox.NamedNode(names.graph("inferred"))

_LOGIC = tuple(names.PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "xsd"))

_AXIOMS = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?axiom ?subject ?object WHERE {
  { VALUES ?axiom { rdfs:subClassOf rdfs:subPropertyOf owl:inverseOf rdfs:domain rdfs:range }
    ?subject ?axiom ?object .
    FILTER NOT EXISTS { ?object a owl:Restriction }
    FILTER(?axiom != rdfs:range || NOT EXISTS { ?subject a owl:DatatypeProperty }) }
  UNION
  { VALUES ?axiom { owl:SymmetricProperty owl:TransitiveProperty }
    ?subject a ?axiom . BIND(?subject AS ?object) }
  FILTER(isIRI(?subject) && isIRI(?object))
} ORDER BY ?axiom ?subject ?object
"""

_CLOSURE: dict[str, tuple[tuple[str, str], ...]] = {
    "subClassOf": (("?x a <%(s)s>", "?x a <%(o)s>"),),
    "subPropertyOf": (("?x <%(s)s> ?y", "?x <%(o)s> ?y"),),
    "inverseOf": (
        ("?x <%(s)s> ?y FILTER(isIRI(?y))", "?y <%(o)s> ?x"),
        ("?x <%(o)s> ?y FILTER(isIRI(?y))", "?y <%(s)s> ?x"),
    ),
    "domain": (("?x <%(s)s> ?y", "?x a <%(o)s>"),),
    "range": (("?x <%(s)s> ?y FILTER(isIRI(?y))", "?y a <%(o)s>"),),
    "SymmetricProperty": (("?x <%(s)s> ?y FILTER(isIRI(?y))", "?y <%(s)s> ?x"),),
    "TransitiveProperty": (("?x <%(s)s> ?y . ?y <%(s)s> ?z", "?x <%(s)s> ?z"),),
}
"""If this, then that, by the name of the axiom; %(s)s is its subject, %(o)s its object."""

_TYPES = ("subClassOf", "domain", "range")


@dataclass(frozen=True, slots=True)
class Rule:
    """One CONSTRUCT query and the place it comes from (a file, or the axiom it stands for)."""

    where: str
    query: str


def infer(store: ox.Store, folder: Path | None = None) -> int:
    """Run the rules of `folder` (by default `queries/rules/`) and the ontology's closure.

    Gives the number of new triples. Raises QueryFileError for a file that is no rule.
    """
    written = rules(files.folder("queries") / "rules" if folder is None else folder)
    axioms = closure(store)
    known = {quad.triple for quad in store}
    total = _fixpoint(store, axioms, known)
    while new := sum(_apply(store, rule, known) for rule in written):
        total += new + _fixpoint(store, axioms, known)
    return total


def close(store: ox.Store) -> int:
    """Run the ontology's closure alone; gives the number of new triples."""
    return _fixpoint(store, closure(store), {quad.triple for quad in store})


def rules(folder: Path) -> tuple[Rule, ...]:
    """The rules of a folder in the order of their names.

    Raises QueryFileError for a folder without rules, and as `read` does.
    """
    found = tuple(read(path) for path in sorted(folder.glob("*.rq")))
    if not found:
        raise QueryFileError(
            f"{folder}: there are no rules. Restore the folder from the repository"
        )
    return found


def read(path: Path) -> Rule:
    """The rule of a file, which begins with a line ``#+ summary:`` that says what it makes and why.

    Raises DataError for a file that cannot be read, QueryFileError for one that is no rule.
    """
    name, text = text_files.display_name(path), text_files.read(path, ended=False)
    if not text.startswith("#+ summary:"):
        raise QueryFileError(
            f"{name}:1: the rule does not say what it is for. "
            "Begin the file with a line: #+ summary: what it makes, and why"
        )
    try:
        refuse_deep_nesting(text)
    except QueryRefused as error:
        raise QueryFileError(f"{name}: {error}") from None
    rule = Rule(name, text)
    _construct(ox.Store(), rule)
    return rule


def closure(store: ox.Store) -> tuple[Rule, ...]:
    """One rule per direction of each axiom in the graph `ontology`."""
    found: list[Rule] = []
    solutions = store.query(_AXIOMS, default_graph=ox.NamedNode(names.graph("ontology")))
    assert isinstance(solutions, ox.QuerySolutions)  # noqa: S101 (a SELECT of ours)
    for solution in solutions:
        axiom, subject, object_ = (
            term.value for term in solution if isinstance(term, ox.NamedNode)
        )
        name = names.local_name(axiom)
        if subject.startswith(_LOGIC) or (name in _TYPES and object_.startswith(_LOGIC)):
            continue
        for body, head in _CLOSURE[name]:
            query = f"CONSTRUCT {{ {head} }} WHERE {{ {body} FILTER NOT EXISTS {{ {head} }} }}"
            where = f"ontology: {subject} {name} {object_}"
            found.append(Rule(where, query % {"s": subject, "o": object_}))
    return tuple(found)


def _fixpoint(store: ox.Store, rules: tuple[Rule, ...], known: set[ox.Triple]) -> int:
    total = 0
    while new := sum(_apply(store, rule, known) for rule in rules):
        total += new
    return total


def _apply(store: ox.Store, rule: Rule, known: set[ox.Triple]) -> int:
    """Add what one rule makes and what is not known yet; gives how many triples that were."""
    new = set(_construct(store, rule)) - known
    for triple in new:
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
            raise QueryFileError(
                f"{rule.where}: makes a blank node ({triple}). "
                "Give every made thing an address, e.g. a fragment of what it belongs to"
            )
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, INFERRED) for t in new)
    known |= new
    return len(new)


def _construct(store: ox.Store, rule: Rule) -> ox.QueryTriples:
    try:
        results = store.query(rule.query, use_default_graph_as_union=True)
    except SyntaxError as error:
        raise QueryFileError(
            f"{rule.where}: not valid SPARQL ({error}). A rule is one CONSTRUCT query"
        ) from None
    if not isinstance(results, ox.QueryTriples):
        raise QueryFileError(f"{rule.where}: not a CONSTRUCT query. A rule makes triples")
    return results
