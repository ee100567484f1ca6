"""Settings of the suite: a data folder of its own, invented people, one fixed instant."""

from __future__ import annotations

import os
import tempfile

import hypothesis
import pytest
from django.utils import translation

hypothesis.settings.register_profile("doorstep", deadline=None)  # no test is timed: machines differ
hypothesis.settings.load_profile("doorstep")

os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")
os.environ.setdefault("DOORSTEP_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DOORSTEP_JOBS", "sync")
os.environ.setdefault("DOORSTEP_LOG", "WARNING")


@pytest.fixture(autouse=True)
def _quick_and_tidy(settings, tmp_path):
    """Uploads of a test go to its own folder; passwords are hashed quickly."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _english():
    """Acts called directly speak English; pages speak as the request asks (Chinese where it says nothing)."""
    with translation.override("en"):
        yield
