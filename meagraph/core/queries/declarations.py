"""Declarations shared by the query files of a folder: parameters, their choices, fragments.

- ``parameters.yaml`` declares each parameter once, by the groups of forms, with its pattern as a
  filter of measures. The header of a query names the parameters that it takes, and states only the
  keys that differ.
- ``columns.yaml`` declares the columns with the same meaning in all queries.
- ``choices/*.rq`` are the queries that list the values of parameters.
- ``fragments/*.yaml`` contain groups of filters, and patterns of filters (see `fragments`).

A header may also extend another query. It then inherits that query's body, parameters and columns;
the other description follows its own. Keys of the header override inherited ones. A body that is
only a SELECT clause replaces the inherited columns. A body with a WHERE replaces the whole body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from meagraph.core import names, text_files
from meagraph.core.errors import QueryFileError
from meagraph.core.queries.composition import literal
from meagraph.core.queries.fragments import Fragments

Raw = dict[str, Any]
"""Content of YAML before validation."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Keeps every scalar as a string: NO is not false, 1.10 is not 1.1. The implementation in C is ten
times as fast, but not every installation of PyYAML has it."""

_FILTER = "measure_filter"
"""The key of a parameter with its fragment as a filter of measures."""

_CONCEPTS = """\
PREFIX scheme: <https://w3id.org/meagraph/id/scheme/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?value ?label WHERE {{
{codes}  ?value skos:inScheme scheme:{scheme} ; {notation}skos:prefLabel ?label
  FILTER(LANG(?label) = "en")
}} ORDER BY {order}"""
"""The query that lists the concepts of a scheme."""
_INSTRUMENTS = """\
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?value ?label WHERE {{
  {{ SELECT DISTINCT ?value WHERE {{ ?thing a mea:{kind} ; mea:instrument ?value }} }}
  ?value rdfs:label ?label
  FILTER(LANG(?label) IN ("", "en"))
  OPTIONAL {{ ?value mea:position ?position }}
}} ORDER BY (!BOUND(?position)) ?position ?label"""
"""The query that lists the instruments with things of a class."""
_STEPS = """\
PREFIX mea: <https://w3id.org/meagraph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?value ?label WHERE {{
  {{ SELECT ?value (MIN(?name) AS ?one) (MAX(?name) AS ?other) WHERE {{
      {{ SELECT DISTINCT ?step WHERE {{ ?measure mea:{property} ?step }} }}
      ?step skos:notation ?value
      OPTIONAL {{ ?step skos:prefLabel ?printed }}
      BIND(STR(COALESCE(?printed, ?value)) AS ?name)
  }} GROUP BY ?value }}
  BIND(IF(?other = ?value, ?value,
          IF(?one = ?other, CONCAT(?value, ": ", ?other),
             CONCAT(?value, ": ", ?one, " / ", ?other))) AS ?label)
}} ORDER BY ?value"""
"""The query that lists the notations of the steps of a scale in use by measures, with labels."""


class Declarations:
    """The shared declarations of one folder; empty if it has no such files."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @cached_property
    def parameters(self) -> Mapping[str, Raw]:
        """The shared declarations of parameters, by name, each with its group.

        Raises QueryFileError.
        """
        found: dict[str, Raw] = {}
        for group, declared in self._listed("parameters.yaml").items():
            for name, keys in _each("parameters.yaml", group, declared):
                if name in found:
                    raise QueryFileError(f"parameters.yaml: {name} is declared twice.")
                found[name] = {"group": group, **keys}
        return found

    @cached_property
    def columns(self) -> Mapping[str, Raw]:
        """The shared declarations of columns, by name. Raises QueryFileError."""
        return dict(_each("columns.yaml", "the list", self._listed("columns.yaml")))

    def fragments(self, name: str) -> Raw:
        """The fragments of a name; those of measures include the filters of parameters.

        Raises QueryFileError.
        """
        found = loaded(self._path(f"fragments/{name}.yaml"))
        if name != "measures":
            return found
        declared = self.parameters.items()
        filters = {one: keys[_FILTER] for one, keys in declared if _FILTER in keys}
        return {**found, "filters": {**filters, **found.get("filters", {})}}

    def extended(self, name: str) -> str:
        """The text of a query that another one extends. Raises QueryFileError."""
        return text_files.read(self._path(f"{name}.rq"), ended=False)

    def parameter(self, name: str, own: object) -> Raw:
        """The declaration of a parameter: the shared one, overridden by the keys of a header.

        A header may name another shared declaration, as a string or under the key `as`. An empty
        key removes the shared one. A parameter whose choices are the concepts of a scheme takes
        their IRIs; the default type is iri if there is a key `iri`, else string.
        """
        own_keys: Raw = {"as": own or name} if isinstance(own, str) else dict(own or {})  # type: ignore[call-overload]
        shared = own_keys.pop("as", name)
        if shared not in self.parameters and (shared != name or "type" not in own_keys):
            raise QueryFileError(
                f"params: {shared} is not declared. Declare it in parameters.yaml beside the query "
                "or state its type and label in the header"
            )
        declared = {**self.parameters.get(shared, {}), **own_keys}
        declared = {key: one for key, one in declared.items() if one != "" and key != _FILTER}
        if isinstance(choices := declared.get("choices"), dict):
            if "scheme" in choices:
                declared.setdefault("iri", f"{names.ID}{choices['scheme']}/{{value}}")
            declared["choices"] = self._choices(choices)
        return {"type": "iri" if "iri" in declared else "string", **declared}

    def _choices(self, choices: Mapping[str, Any]) -> str:
        """The query that lists choices: from a file, or for a scheme, class or property."""
        if "query" in choices:
            return text_files.read(self._path(f"choices/{choices['query']}.rq"), ended=False)
        if "instruments_of" in choices:
            return _INSTRUMENTS.format(kind=_name(choices["instruments_of"]))
        if "steps_of" in choices:
            return _STEPS.format(property=_name(choices["steps_of"]))
        codes = choices.get("codes", [])
        listed = " ".join(f"({literal(code)} {place})" for place, code in enumerate(codes, 1))
        return _CONCEPTS.format(
            codes=f"  VALUES (?code ?order) {{ {listed} }}\n" if codes else "",
            scheme=_name(choices.get("scheme", "")),
            notation="skos:notation ?code ; " if codes else "",
            order="?order" if codes else "LCASE(?label)",
        )

    def parameters_of(self, name: str) -> list[str]:
        """The shared parameters of all filters in fragments. Raises QueryFileError."""
        used = Fragments.model_validate(self.fragments(name)).parameters
        return [one for one in self.parameters if one in used]

    def _listed(self, name: str) -> Raw:
        """The content of a file of declarations; empty if the folder has none."""
        there = self._folder is not None and (self._folder / name).is_file()
        return loaded(self._path(name)) if there else {}

    def _path(self, name: str) -> Path:
        if self._folder is None or not (self._folder / name).is_file():
            raise QueryFileError(f"{name}: there is no such file beside the query.")
        return self._folder / name


def _each(where: str, what: str, declared: object) -> Iterator[tuple[str, Raw]]:
    """The declarations in a mapping. Raises QueryFileError if it has anything else."""
    if not isinstance(declared, dict) or not all(
        isinstance(one, dict) for one in declared.values()
    ):
        raise QueryFileError(f"{where}: {what} must have names, each with a mapping of keys.")
    return iter(declared.items())


def _name(text: str) -> str:
    """The local name of a class, scheme or property. Raises QueryFileError for anything else."""
    if not re.fullmatch(r"[A-Za-z-]+", text):
        raise QueryFileError(f"choices: {text!r} is not a name of a scheme, class or property.")
    return text


def loaded(path: Path) -> Raw:
    """Read the mapping in a YAML file. Raises QueryFileError, naming the file."""
    return mapping(path.name, text_files.read(path), "the file")


def mapping(where: str, text: str, what: str) -> Raw:
    """Parse a mapping in YAML. Raises QueryFileError, with `where`, the line and `what` it is."""
    try:
        content = yaml.load(text, Loader=_LOADER)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark.line + 1 if error.problem_mark else 1
        raise QueryFileError(f"{where}:{place}: {what} is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise QueryFileError(
            f"{where}: {what} is not YAML: {' '.join(str(error).split())}"
        ) from None
    if not isinstance(content, dict):
        raise QueryFileError(f"{where}: {what} must be a mapping of keys and values in YAML.")
    return content
