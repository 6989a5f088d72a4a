"""Self-description: what the endpoint can do, and what the release says of itself.

https://www.w3.org/TR/sparql11-service-description/ and https://www.w3.org/TR/void/
"""

from __future__ import annotations

from importlib.resources import files

from meagraph.queries import binding
from meagraph_api.current import Open
from meagraph_api.engine import Answer, Wanted

_QUERY = (files(__package__) / "description.rq").read_text(encoding="utf-8")
_ENDPOINT = ("_endpoint",)


async def service_description(held: Open, endpoint: str, wanted: Wanted) -> Answer:
    """The description of the endpoint at an address, with that of its dataset and named graphs.

    It holds the VoID of a release, its prefixes and its example queries too, since the release has
    them in a graph of its own. Raises what the engine raises.
    """

    async def make() -> Answer:
        query = binding.place(_QUERY, {_ENDPOINT: [binding.literal(endpoint)]})
        return (await held.engine.query(query, wanted)).in_memory()

    return await held.once(("service description", endpoint, wanted), make)
