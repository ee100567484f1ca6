"""Settings of the suite: a data folder of its own, invented people, one fixed instant."""

from __future__ import annotations

import os
import tempfile

os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")
os.environ.setdefault("DOORSTEP_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DOORSTEP_JOBS", "sync")
os.environ.setdefault("DOORSTEP_LOG", "WARNING")
