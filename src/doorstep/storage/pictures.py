"""Private files: a photo made small and freed of all that a camera writes into it, a voice file as it came. They lie under
names that nobody guesses, outside everything that is served."""

from __future__ import annotations

import io
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from doorstep.errors import UserError

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST = 1280  # pixels of the longer side
QUALITY = 80
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_VOICE_BYTES = 5 * 1024 * 1024
VOICES = (  # kind, where its mark stands, the mark
    ("m4a", 4, b"ftyp"),
    ("ogg", 0, b"OggS"),
    ("wav", 0, b"RIFF"),
    ("webm", 0, b"\x1aE\xdf\xa3"),
    ("amr", 0, b"#!AMR"),
    ("mp3", 0, b"ID3"),
    ("mp3", 0, b"\xff\xfb"),
)


def cleaned(data: bytes, most_bytes: int = MOST_BYTES) -> bytes:
    """The picture as a small JPEG, upright, without place, time, device or comment. Raises UserError for no picture."""
    if len(data) > most_bytes:
        raise UserError(_("The photo is too large."), field="photo", mend=_("Take it again with the app's camera."))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            opened.draft("RGB", (LONGEST, LONGEST))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            upright.thumbnail((LONGEST, LONGEST))
            bare = Image.new("RGB", upright.size)  # a new picture: what is not a pixel stays behind
            bare.paste(upright)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        mend = _("Take it again with the app's camera.")
        raise UserError(_("This is no picture that can be read."), field="photo", mend=mend) from error
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def place_of(name: str) -> Path:
    """Where a private file lies."""
    return Path(settings.MEDIA_ROOT) / name


def stored_photo(data: bytes, folder: str, most_bytes: int = MOST_BYTES) -> str:
    """Write the cleaned picture under a name that nobody guesses; whole or not at all."""
    return _stored(cleaned(data, most_bytes), folder, "jpg")


def is_voice(data: bytes) -> bool:
    """Whether a file begins like a voice file, whatever its sender calls it. (A WebP picture is a RIFF, too.)"""
    return data[8:12] != b"WEBP" and any(data[place : place + len(mark)] == mark for _kind, place, mark in VOICES)


def stored_voice(data: bytes, folder: str) -> str:
    """Keep a voice file under a name that nobody guesses. Raises UserError for what is none or is too large."""
    if len(data) > MOST_VOICE_BYTES:
        raise UserError(_("The voice file is too large."), field="file", mend=_("Send a shorter one."))
    kind = next((kind for kind, place, mark in VOICES if data[place : place + len(mark)] == mark), None)
    if kind is None:
        raise UserError(
            _("This is no voice file that can be kept."), field="file", mend=_("Send mp3, m4a, ogg, wav, amr or webm.")
        )
    return _stored(data, folder, kind)


def _stored(content: bytes, folder: str, kind: str) -> str:
    name = f"{folder}/{token_hex(1)}/{token_hex(16)}.{kind}"
    place = place_of(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(".part")
    half.write_bytes(content)
    half.rename(place)
    return name
