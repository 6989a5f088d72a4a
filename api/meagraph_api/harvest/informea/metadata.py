"""Write the metadata document: the model in CSDL, from which clients are generated.

[MC-CSDL] in [MC-EDMX], as in version 2 of OData.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meagraph_api.harvest.informea.edm import KEY, EntitySet, EntityType, Model, Navigation
from meagraph_api.harvest.informea.xml_writer import Xml

VERSION = "2.0"
"""Version of OData."""

_EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
_METADATA = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_EDM = "http://schemas.microsoft.com/ado/2008/09/edm"


@dataclass(frozen=True, slots=True)
class _Association:
    """The CSDL association of a navigation, with its two ends."""

    source: EntitySet
    target: EntitySet
    navigation: Navigation

    @property
    def name(self) -> str:
        return f"{self.source.type.name}_{self.navigation.name}"

    @property
    def far(self) -> str:
        """The role of its target."""
        return f"{self.navigation.name}Of{self.source.type.name}"


def document(model: Model) -> bytes:
    """The metadata document of a model."""
    associations = list(_associations(model))
    xml = Xml()
    with (
        xml.element("edmx:Edmx", {"Version": "1.0", "xmlns:edmx": _EDMX}),
        xml.element("edmx:DataServices", {"m:DataServiceVersion": VERSION, "xmlns:m": _METADATA}),
        xml.element("Schema", {"Namespace": model.namespace, "xmlns": _EDM}),
    ):
        for entity_set in model.sets.values():
            _type(xml, model, entity_set.type)
        for association in associations:
            _association(xml, model, association)
        container = {"Name": model.container, "m:IsDefaultEntityContainer": "true"}
        with xml.element("EntityContainer", container):
            for entity_set in model.sets.values():
                named = f"{model.namespace}.{entity_set.type.name}"
                xml.leaf("EntitySet", {"Name": entity_set.name, "EntityType": named})
            for association in associations:
                _association_set(xml, model, association)
    return xml.written()


def _associations(model: Model) -> Iterator[_Association]:
    for source in model.sets.values():
        for navigation in source.type.navigations:
            yield _Association(source, model.target(navigation), navigation)


def _type(xml: Xml, model: Model, kind: EntityType) -> None:
    with xml.element("EntityType", {"Name": kind.name}):
        with xml.element("Key"):
            xml.leaf("PropertyRef", {"Name": KEY})
        for entry in kind.properties:
            nullable = "false" if entry.required else "true"
            xml.leaf(
                "Property", {"Name": entry.name, "Type": entry.type.value, "Nullable": nullable}
            )
        for navigation in kind.navigations:
            association = _Association(EntitySet("", kind), model.target(navigation), navigation)
            xml.leaf(
                "NavigationProperty",
                {
                    "Name": navigation.name,
                    "Relationship": f"{model.namespace}.{association.name}",
                    "FromRole": kind.name,
                    "ToRole": association.far,
                },
            )


def _association(xml: Xml, model: Model, link: _Association) -> None:
    with xml.element("Association", {"Name": link.name}):
        ends = (
            (link.source, link.source.type.name, "*"),
            (link.target, link.far, "*" if link.navigation.many else "0..1"),
        )
        for entity_set, role, many in ends:
            kind = f"{model.namespace}.{entity_set.type.name}"
            xml.leaf("End", {"Role": role, "Type": kind, "Multiplicity": many})


def _association_set(xml: Xml, model: Model, link: _Association) -> None:
    attributes = {"Name": f"{link.name}Set", "Association": f"{model.namespace}.{link.name}"}
    with xml.element("AssociationSet", attributes):
        xml.leaf("End", {"Role": link.source.type.name, "EntitySet": link.source.name})
        xml.leaf("End", {"Role": link.far, "EntitySet": link.target.name})
