"""A photo of a knock: small, upright, and with nothing in it but its pixels."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from builders import a_member, sign_in
from phones import MORNING, Phone, a_morning, planned
from PIL import ExifTags, Image, PngImagePlugin

from doorstep.command.models import JournalEntry
from doorstep.errors import UserError
from doorstep.rounds.models import PhoneAct, Visit
from doorstep.rounds.photos import remove_photo
from doorstep.storage.pictures import LONGEST, MOST_BYTES, cleaned, place_of

pytestmark = pytest.mark.django_db


def a_photo(size=(1600, 1200), *, orientation=6, kind="JPEG") -> bytes:
    """A picture as a phone's camera writes it: turned, with place, time and maker."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1] // 2))
    exif = image.getexif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "SECRETMAKER"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (32.0, 3.0, 25.0)
    out = io.BytesIO()
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SECRETMAKER")
        image.save(out, kind, exif=exif, pnginfo=text)
    else:
        image.save(out, kind, exif=exif, comment=b"SECRETMAKER")
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_nothing_but_pixels_is_left_of_a_photo(kind):
    before = a_photo(kind=kind)
    assert Image.open(io.BytesIO(before)).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    data = cleaned(before)
    after = Image.open(io.BytesIO(data))
    assert after.format == "JPEG"
    assert not after.getexif()
    assert not after.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    assert not {"exif", "comment", "icc_profile"} & set(after.info)
    assert b"SECRETMAKER" not in data
    assert b"Exif" not in data


def test_a_photo_stands_upright_and_is_small():
    after = Image.open(io.BytesIO(cleaned(a_photo((1600, 1200)))))
    assert after.size == (LONGEST * 3 // 4, LONGEST)
    red, green, _ = after.getpixel((after.width - 10, 10))  # the red corner, turned with the picture
    assert (red > 200, green < 60) == (True, True)
    assert Image.open(io.BytesIO(cleaned(a_photo((40, 30), orientation=1)))).size == (40, 30)


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"GIF89a" + b"\x00" * 40, a_photo()[:400], b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
    ids=["empty", "text", "gif", "cut", "svg"],
)
def test_what_is_no_picture_is_refused_with_a_mend(data):
    with pytest.raises(UserError, match="picture") as told:
        cleaned(data)
    assert told.value.mend


def test_a_picture_of_too_many_pixels_or_bytes_is_refused():
    out = io.BytesIO()
    Image.new("1", (10_000, 8_000)).save(out, "PNG")
    with pytest.raises(UserError, match="picture"):
        cleaned(out.getvalue())
    with pytest.raises(UserError, match="too large"):
        cleaned(b"x" * (MOST_BYTES + 1))


@pytest.fixture
def area():
    return a_morning(stairs=1)


@pytest.fixture
def phone(client, area):
    carrier = a_member("carrier", incident=area.incident)
    planned(area, carrier)
    return Phone(client, area.incident, carrier)


def put(phone, client_id, data):
    return phone.client.post(
        f"/rounds/phone/photo/{client_id}",
        data,
        content_type="image/jpeg",
        headers={"Authorization": f"Pass {phone.secret}"},
    )


def test_a_photo_follows_its_knock_and_is_kept_once(phone):
    act = phone.knock(phone.stops()[0], "opened")
    early = put(phone, act["id"], a_photo())
    assert early.status_code == 409
    assert early.json()["problem"]["mend"]
    phone.says(act)
    assert put(phone, act["id"], a_photo()).json() == {"status": "done"}
    name = Visit.objects.get().photo
    assert place_of(name).read_bytes()[:2] == b"\xff\xd8"
    assert put(phone, act["id"], a_photo((80, 80))).json() == {"status": "done"}
    assert Visit.objects.get().photo == name
    assert len([path for path in place_of("visits").rglob("*") if path.is_file()]) == 1
    assert JournalEntry.objects.filter(act="visit_photo").count() == 1


def test_a_photo_of_an_act_that_was_set_aside_is_kept_with_it(client, phone, area):
    act = phone.knock(phone.stops()[0], "no_answer", "kit:living")
    phone.says(act)
    assert put(phone, act["id"], a_photo()).status_code == 200
    kept = PhoneAct.objects.get()
    assert place_of(kept.said["photo"]).exists()
    sign_in(client, "coordinator", area.incident)
    assert f"/rounds/phones/act/{kept.pk}/photo.jpg" in client.get("/rounds/conflicts/").content.decode()
    assert client.get(f"/rounds/phones/act/{kept.pk}/photo.jpg")["Content-Type"] == "image/jpeg"


def test_no_phone_puts_a_photo_to_the_knock_of_another(client, phone, area):
    act = phone.knock(phone.stops()[0], "opened")
    phone.says(act)
    other = Phone(client, area.incident, "江南")
    assert put(other, act["id"], a_photo()).status_code == 409
    assert put(phone, uuid4(), a_photo()).status_code == 409
    assert put(phone, act["id"], b"nonsense").status_code == 422
    assert Visit.objects.get().photo == ""


def test_a_look_at_a_photo_stands_in_the_journal_and_needs_the_right(client, phone, area):
    act = phone.knock(phone.stops()[0], "opened")
    phone.says(act)
    put(phone, act["id"], a_photo())
    visit = Visit.objects.get()
    sign_in(client, "carrier", area.incident)
    assert client.get(f"/rounds/photos/{visit.pk}/photo.jpg").status_code == 403
    by = sign_in(client, "coordinator", area.incident)
    assert f"/rounds/photos/{visit.pk}/" in client.get("/rounds/photos/").content.decode()
    assert client.get(f"/rounds/photos/{visit.pk}/").status_code == 200
    assert not JournalEntry.objects.filter(act="read_photo").exists()
    picture = client.get(f"/rounds/photos/{visit.pk}/photo.jpg")
    assert (picture["Content-Type"], "no-store" in picture["Cache-Control"]) == ("image/jpeg", True)
    assert JournalEntry.objects.get(act="read_photo").by == by


def test_a_photo_with_a_face_is_taken_away_for_good_with_a_reason(
    client, phone, area, django_capture_on_commit_callbacks
):
    act = phone.knock(phone.stops()[0], "opened")
    phone.says(act)
    put(phone, act["id"], a_photo())
    visit = Visit.objects.get()
    place = place_of(visit.photo)
    sign_in(client, "coordinator", area.incident)
    refused = client.post(f"/rounds/photos/{visit.pk}/remove/", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/rounds/photos/{visit.pk}/remove/", {"reason": "有人脸"})
    assert not place.exists()
    assert Visit.objects.get().photo == ""
    assert JournalEntry.objects.get(act="remove_visit_photo").data["reason"] == "有人脸"
    assert remove_photo(visit, reason="again", by=None, at=MORNING).photo == ""
    assert JournalEntry.objects.filter(act="remove_visit_photo").count() == 1
