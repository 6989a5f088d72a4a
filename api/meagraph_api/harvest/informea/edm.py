"""The entity data model of OData: types, properties, navigations, sets, entities.

[MC-CSDL], https://learn.microsoft.com/openspecs/windows_protocols/mc-csdl/. Only a part is used:
every entity has a string key `id`, every entity type one set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

KEY = "id"
"""The property that identifies an entity within its set."""

Value = str | int | float | bool | datetime | None
"""The value of a property, None for null."""


class Edm(StrEnum):
    """The primitive types used (https://www.odata.org/documentation/odata-version-2-0/overview/)."""

    STRING = "Edm.String"
    INT32 = "Edm.Int32"
    DOUBLE = "Edm.Double"
    BOOLEAN = "Edm.Boolean"
    DATETIME = "Edm.DateTime"


@dataclass(frozen=True, slots=True)
class Property:
    """A property with one value, never null if `required`."""

    name: str
    type: Edm = Edm.STRING
    required: bool = False


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation property, to `many` entities of another set or to at most one."""

    name: str
    target: str
    """The name of the set."""
    many: bool = True


@dataclass(frozen=True)
class EntityType:
    """The properties and navigations of the entities of a set."""

    name: str
    properties: tuple[Property, ...]
    navigations: tuple[Navigation, ...] = ()

    @cached_property
    def property(self) -> Mapping[str, Property]:
        """The properties by name."""
        return {entry.name: entry for entry in self.properties}

    @cached_property
    def navigation(self) -> Mapping[str, Navigation]:
        """The navigations by name."""
        return {entry.name: entry for entry in self.navigations}

    def names(self) -> str:
        """Names of its properties and navigations, for messages."""
        return ", ".join([*self.property, *self.navigation])


@dataclass(frozen=True)
class EntitySet:
    """A named set of entities."""

    name: str
    type: EntityType


@dataclass(frozen=True)
class Model:
    """The entity sets of a service."""

    namespace: str
    container: str
    sets: Mapping[str, EntitySet]

    def target(self, navigation: Navigation) -> EntitySet:
        """The set that a navigation leads to."""
        return self.sets[navigation.target]


@dataclass(eq=False, slots=True)
class Entity:
    """An entity, with the targets of its navigations."""

    set: EntitySet
    values: dict[str, Value]
    links: dict[str, list[Entity]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its key."""
        return str(self.values[KEY])

    @property
    def path(self) -> str:
        """Its path below the service; keys contain nothing to escape."""
        return f"{self.set.name}('{self.id}')"

    def linked(self, navigation: Navigation) -> list[Entity]:
        """The targets of a navigation."""
        return self.links.get(navigation.name, [])


class Tables:
    """The entities of all sets of a model, by key."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._of: dict[str, dict[str, Entity]] = {name: {} for name in model.sets}

    def add(self, name: str, values: dict[str, Value]) -> Entity:
        """Add an entity to a set; return the existing one if there is one with the same key."""
        key = str(values[KEY])
        entity_set = self.model.sets[name]
        complete = {entry.name: values.get(entry.name) for entry in entity_set.type.properties}
        return self._of[name].setdefault(key, Entity(entity_set, complete))

    def of(self, name: str) -> Mapping[str, Entity]:
        """The entities of a set by key."""
        return self._of[name]

    def __iter__(self) -> Iterator[Entity]:
        return (entity for entities in self._of.values() for entity in entities.values())
