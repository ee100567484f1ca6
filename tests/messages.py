"""Every string has its Chinese: `python -m tests.messages` names those that have none. Needs GNU gettext."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "doorstep"
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")


def missing() -> list[str]:
    """Strings of the code and the templates that the catalogue lacks, leaves empty or only guesses at."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "doorstep"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("*.pyc", "built", "*.mo"))
        command = [
            sys.executable,
            "-m",
            "django",
            "makemessages",
            "-l",
            "zh_Hans",
            "--no-location",
            "--no-obsolete",
            "-v0",
        ]
        environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=copy, check=True, env=environment)
        catalogue = polib.pofile(str(copy / CATALOGUE))
    return [entry.msgid for entry in catalogue if not entry.translated()]


if __name__ == "__main__":
    if shutil.which("xgettext") is None:
        sys.exit("GNU gettext is missing: apt-get install gettext")
    found = missing()
    for text in found:
        sys.stderr.write(f"no Chinese for: {text}\n")
    sys.stdout.write(f"messages: {len(found)} without Chinese\n")
    sys.exit(bool(found))
