"""Events: frozen dataclasses published by a lower room, handled at once in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")
_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_type: type[E], handler: Callable[[E], None]) -> None:
    """Call `handler` for each published event of this type. Subscribing twice adds nothing."""
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)


def publish(event: object) -> None:
    """Hand the event to its handlers in the order of their subscription; an error undoes the whole act."""
    for handler in _handlers[type(event)]:
        handler(event)


def subscriptions() -> dict[str, list[str]]:
    """Who listens to what, by name: for docs and for the test that reads the whole list."""
    return {
        event_type.__name__: [f"{handler.__module__}.{handler.__qualname__}" for handler in handlers]
        for event_type, handlers in sorted(_handlers.items(), key=lambda item: item[0].__name__)
    }
