"""A picture for the back of a plan: PNG or JPEG, of bounded size, without anything that the pixels do not need.

A phone writes into a picture where and when it was taken; such parts are left out, only the turn of a JPEG is kept.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from doorstep.errors import UserError
from doorstep.errors import gettext_noop as _

MOST_BYTES = 5_000_000
MOST_PIXELS = 50_000_000
DAMAGED = _("The picture is cut off or damaged.")
PNG = b"\x89PNG\r\n\x1a\n"
PNG_PARTS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"cHRM", b"sBIT"}
JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
JFIF, EXIF, ADOBE = 0xE0, 0xE1, 0xEE


@dataclass(frozen=True)
class Picture:
    """A cleaned picture: "png" or "jpeg", its bytes, and its size as it is shown (pixels)."""

    kind: str
    data: bytes
    width: int
    height: int


def clean_picture(data: bytes) -> Picture:
    """The picture without its notes. Raises UserError for anything but a whole PNG or JPEG within the limits."""
    if len(data) > MOST_BYTES:
        raise _refused(
            _("The picture has more than %(most)s MB."),
            most=MOST_BYTES // 1_000_000,
        )
    try:
        if data.startswith(PNG):
            picture = _png(data)
        elif data.startswith(b"\xff\xd8"):
            picture = _jpeg(data)
        else:
            raise _refused(_("This is neither a PNG nor a JPEG picture."))
    except (struct.error, IndexError) as error:
        raise _refused(DAMAGED) from error
    if not 0 < picture.width * picture.height <= MOST_PIXELS:
        raise _refused(
            _("The picture has %(width)s × %(height)s pixels, too many to show."),
            width=picture.width,
            height=picture.height,
        )
    return picture


def _refused(text: str, **facts: Any) -> UserError:
    mend = _("Save it as PNG or JPEG, smaller than 5 MB, and choose it again.")
    return UserError(text, field="picture", mend=mend, facts=facts)


def _png(data: bytes) -> Picture:
    kept, width, height, ended = [PNG], 0, 0, False
    position, pixels = len(PNG), False
    while position < len(data) and not ended:
        length, name = struct.unpack(">I4s", data[position : position + 8])
        end = position + 12 + length
        body = data[position + 8 : end - 4]
        (checksum,) = struct.unpack(">I", data[end - 4 : end])
        if end > len(data) or zlib.crc32(name + body) != checksum:
            raise _refused(DAMAGED)
        if name == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        pixels = pixels or name == b"IDAT"
        if name in PNG_PARTS:
            kept.append(data[position:end])
        position, ended = end, name == b"IEND"
    if not (ended and pixels):
        raise _refused(DAMAGED)
    return Picture("png", b"".join(kept), width, height)


def _jpeg(data: bytes) -> Picture:
    kept, width, height, turn = [b"\xff\xd8"], 0, 0, 1
    position = 2
    while True:
        if data[position] != 0xFF:
            raise _refused(DAMAGED)
        while data[position + 1] == 0xFF:  # fill bytes
            position += 1
        marker = data[position + 1]
        if marker == 0xDA:
            break
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        segment = data[position : position + 2 + length]
        if len(segment) != 2 + length:
            raise _refused(DAMAGED)
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", segment[5:9])
        if marker == EXIF and segment[4:10] == b"Exif\0\0":
            turn = _turn(segment[10:])
        if marker in (JFIF, ADOBE) or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(segment)
        position += 2 + length
    if not width or data.rfind(b"\xff\xd9") < position:
        raise _refused(DAMAGED)
    if turn != 1:
        kept.insert(1, _only_turn(turn))
    pixels = b"".join(_scans(data, position))
    if turn >= 5:
        width, height = height, width
    return Picture("jpeg", b"".join([*kept, pixels]), width, height)


def _scans(data: bytes, position: int) -> Iterator[bytes]:
    """The scans up to the end of the picture; notes between them, and whatever follows the end, are left out."""
    start = position
    while (found := data.find(b"\xff", position)) >= 0 and found + 1 < len(data):
        marker = data[found + 1]
        if marker == 0xD9:
            yield data[start : found + 2]
            return
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            yield data[start:found]
            start = position = found + 2 + struct.unpack(">H", data[found + 2 : found + 4])[0]
        else:
            position = found + (1 if marker == 0xFF else 2)
    raise _refused(DAMAGED)


def _turn(tiff: bytes) -> int:
    """The orientation (1 to 8) of an Exif block, 1 where it says none."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[first : first + 2])
        for number in range(min(count, 200)):
            at = first + 2 + 12 * number
            tag, __, __, value = struct.unpack(f"{order}HHIH", tiff[at : at + 10])
            if tag == 0x0112:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _only_turn(turn: int) -> bytes:
    body = b"Exif\0\0" + b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turn, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
