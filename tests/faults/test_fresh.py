"""A database that is made at once is the one that the migrations make, and a half made one is finished."""

from __future__ import annotations

import pytest
from faults.site import Site

pytestmark = pytest.mark.faults


def test_a_new_database_is_the_one_that_the_migrations_make_and_one_cut_short_is_finished():
    site = Site(doors=0, module="faults.forms")
    try:
        found = site.facts
    finally:
        site.close()
    assert found["migrated"] == found["made"] == found["finished"]
    assert len(found["made"]) > 70
    assert (found["died"], found["recorded"]) == (True, 0)
    assert found["unapplied"] == []
