"""Where a value comes from: the most specific line of `basis` that holds it."""

from __future__ import annotations

from difflib import get_close_matches

from doorstep.errors import UserError
from doorstep.protocol.schema import Basis, Protocol
from doorstep.protocol.schema.paths import nearest


def basis_of(protocol: Protocol, path: str) -> Basis:
    """The basis of a value or block, such as `contact.limit_hours.severe`. Raises UserError for a path that is none."""
    if path not in protocol.paths:
        near = get_close_matches(path, sorted(protocol.paths), n=1)
        raise UserError(
            f"{protocol.id} has no value {path!r}.", field=path, mend=f"Did you mean {near[0]}?" if near else ""
        )
    return nearest_basis(protocol, path)


def nearest_basis(protocol: Protocol, path: str) -> Basis:
    """The same for a path that is known to be one."""
    line = nearest(path, protocol.basis)
    if line is None:
        raise UserError(
            f"{path} holds values of several bases.",
            field=path,
            mend="Ask for one value in it, or for the whole block.",
        )
    return protocol.basis[line]
