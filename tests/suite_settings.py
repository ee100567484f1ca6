"""The product's settings with a data folder of the suite's own. Set before Django reads them, however pytest is called."""

import os
import tempfile

os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")
os.environ.setdefault("DOORSTEP_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DOORSTEP_JOBS", "sync")
os.environ.setdefault("DOORSTEP_LOG", "WARNING")

from doorstep.web.settings import *  # noqa: F403 - the environment comes first
