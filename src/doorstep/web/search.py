"""One box for everything: what each room can find, within the member's rights."""

from __future__ import annotations

from typing import Any

from doorstep.wiring.contributions import SearchHit, contributions


def find(request: Any, words: str) -> list[SearchHit]:
    """Hits of every room, the nearest first. Nothing for no words."""
    words = words.strip()[:80]
    if not words:
        return []
    hits = [hit for room in contributions.searches for hit in room.find(words, request.member, request.incident)]
    return sorted(hits, key=lambda hit: hit.rank)
