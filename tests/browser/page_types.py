"""Every type of page, and one page of it: one line for each."""

from __future__ import annotations

PAGE_TYPES = {
    "home": "/",
    "questions": "/queries",
    "question": "/queries/measures-by-country",
    "answer": "/queries/measures-by-country?country=KAZ&text=poaching&format=html",
    "answer-wide": "/queries/topic-matrix?format=html",
    "search": "/search",
    "search-found": "/search?q=fence&format=html",
    "sparql": "/sparql",
    "sparql-filled": "/sparql?query=ASK%20%7B%7D",
    "measure": "/page/measure/argali-action-plan-2025-2032/2.1",
    "instrument": "/page/instrument/saiga-mtiwp-2016-2020",
    "country": "/page/country/KAZ",
    "unit": "/page/unit/saiga-mtiwp-2016-2020/ustiurt",
    "taxon": "/page/taxon/ovis-ammon-polii",
    "concept": "/page/topic/trade-and-use",
    "actor": "/page/actor/cms-secretariat",
    "ontology": "/ontology",
    "releases": "/releases",
    "cite": "/cite",
    "problem": "/nothing-is-here",
}
"""Paths by the names of the types."""

NOT_FOUND = {"problem"}
"""Types whose pages have another status than 200, which the console tells of."""

HEAVY = {"sparql", "sparql-filled"}
"""Types that may load more script than others: the editor."""

LANGUAGES = ("en",)
"""The languages of the interface."""
