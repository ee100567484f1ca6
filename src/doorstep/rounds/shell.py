"""The carrier's phone page as files: the shell, its service worker, its manifest and its words. No data, no session."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from doorstep.rounds.demand import defaults
from doorstep.rounds.phone_words import words

FOLDER = "rounds/phone"
TEMPLATE = "rounds/phone.html"
WORKER = "worker.js"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True)
class Shell:
    """The app's files as they are now, by name, and the version that names them together."""

    version: str
    files: dict[str, bytes]

    @property
    def urls(self) -> list[str]:
        """Everything that a phone keeps to open without a network."""
        files = [reverse("rounds:phone_file", args=[self.version, name]) for name in self.files if name != WORKER]
        return [reverse("rounds:phone"), reverse("rounds:phone_words"), reverse("rounds:phone_manifest"), *files]


def shell_now() -> Shell:
    """The shell of the static files as they stand on the disk."""
    folder = Path(str(finders.find(FOLDER)))
    found = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    return _read(folder, tuple((path, path.stat().st_mtime_ns) for path in found))


@lru_cache(maxsize=2)
def _read(folder: Path, found: tuple[tuple[Path, int], ...]) -> Shell:
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path, _ in found}
    digest = hashlib.sha256(json.dumps(_spoken(), sort_keys=True).encode())
    digest.update(_page("", files).encode())
    for name, content in files.items():
        digest.update(name.encode() + content)
    return Shell(digest.hexdigest()[:12], files)


def _spoken() -> dict[str, Any]:
    return {**words(), "figures": {"soon_minutes": defaults()["knock_again_soon_minutes"]}}


def _page(version: str, files: dict[str, bytes]) -> str:
    modules = [name for name in files if name.endswith(".js") and name != WORKER]
    return render_to_string(TEMPLATE, {"version": version or "0", "modules": modules})


@require_safe
@cache_control(no_cache=True)
@gzip_page
def page(request: HttpRequest) -> HttpResponse:
    """The shell: the same for everybody, so that a phone may keep it."""
    shell = shell_now()
    return HttpResponse(_page(shell.version, shell.files))


@require_safe
@cache_control(max_age=31_536_000, public=True, immutable=True)
@gzip_page
def file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """One file of the shell under its version. One of another version is not here any more."""
    shell = shell_now()
    if version != shell.version or name not in shell.files:
        raise Http404
    kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    return HttpResponse(shell.files[name], content_type=kind)


@require_safe
@cache_control(no_cache=True)
@gzip_page
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker with the list of what it keeps; one byte of any file changes its version."""
    shell = shell_now()
    facts = {"VERSION": shell.version, "ROOT": reverse("rounds:phone"), "FILES": shell.urls}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in facts.items())
    return HttpResponse(head.encode() + shell.files[WORKER], content_type="text/javascript")


@require_safe
@cache_control(no_cache=True)
@gzip_page
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the app beside its others."""
    version, root = shell_now().version, reverse("rounds:phone")

    def icon(name: str, size: int, purpose: str) -> dict[str, str]:
        address = reverse("rounds:phone_file", args=[version, f"icons/{name}.png"])
        return {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}

    facts = {
        "id": root,
        "name": "Doorstep 到户",
        "short_name": "到户",
        "lang": "zh-Hans",
        "start_url": root,
        "scope": root,
        "display": "standalone",
        "theme_color": "#0b5a57",
        "background_color": "#0b5a57",
        "icons": [icon("icon-192", 192, "any"), icon("icon-512", 512, "any"), icon("maskable-512", 512, "maskable")],
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
@gzip_page
def words_json(request: HttpRequest) -> HttpResponse:
    """Every sentence of the app in both languages, with the figures of the defaults that it uses."""
    return JsonResponse(_spoken())
