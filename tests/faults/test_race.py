"""Many who want the last of something at the same time."""

import pytest
from faults.site import Site

pytestmark = pytest.mark.faults


def test_fifty_who_want_the_last_ten_kits_from_five_processes_get_ten():
    site = Site(doors=12)
    try:
        assert site.run("faults.race", 50, 5) == "10 10"
    finally:
        site.close()
