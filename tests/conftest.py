"""What every test stands on: its own uploads, quick passwords, English."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

# A loaded machine is no fault of a test: no example is timed.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


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
