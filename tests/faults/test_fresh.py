"""A database that is made at once is the one that the migrations make, and a half made one is finished."""

from __future__ import annotations

import pytest
from faults.site import Site

pytestmark = pytest.mark.faults


def test_a_new_database_is_the_one_that_the_migrations_make_and_one_cut_short_is_finished():
    site = Site(doors=0, module="faults.forms")
    try:
        assert site.facts["migrated"] == site.facts["made"]
        assert site.facts["made"] == site.facts["finished"]
        assert len(site.facts["made"]) > 70
        assert not site.facts["unapplied"]
    finally:
        site.close()
