"""The roster on pages, phone and paper."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_member, a_sealed_area
from django.contrib.auth import get_user_model
from pypdf import PdfReader

from doorstep import protocol
from doorstep.command import actions as command
from doorstep.crew import actions
from doorstep.crew.models import Post, Shift

pytestmark = pytest.mark.django_db(transaction=True)

H = timedelta(hours=1)


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound("梧桐院"))
    area.state = "proposed"
    area.save()
    return command.seal(area, effective_at=NIGHT, at=NIGHT)


def windows(area):
    rules = area.incident.protocol
    return protocol.shift_windows(rules, start=NIGHT, until=NIGHT + 48 * H, tz=area.incident.tz)


def stamp(window) -> str:
    return str(int(window[0].timestamp()))


def sign_in(client, role: str, night, **grant):
    member = a_member(role, incident=night.incident, login=f"{role}-{uuid4().hex[:6]}", **grant)
    user = get_user_model().objects.get(pk=member.user_id)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    return member


def at(area, instant):
    """Move the test's clock."""
    area.incident.clock_anchor_incident = instant
    area.incident.save()


def test_the_roster_shows_the_gate_of_a_sealed_area_with_its_gap(client, area):
    sign_in(client, "coordinator", area)
    page = client.get("/crew/").content.decode()
    assert "梧桐院 · 大门" in page
    assert "2 persons missing" in page
    assert "19:00–01:00" in page
    part = client.get("/crew/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "2 persons missing" in part


def test_somebody_is_put_on_a_shift_and_what_is_wrong_stands_at_its_field(client, area):
    sign_in(client, "coordinator", area)
    member, post = a_member("gate", incident=area.incident), area.posts.get()
    first, second = windows(area)[1:3]
    url = f"/crew/post/{post.pk}/"
    done = client.post(url, {"window": stamp(first), "member": member.pk, "because": ""}, follow=True)
    assert f"{member.name} is on the roster" in done.content.decode()
    refused = client.post(url, {"window": stamp(second), "member": member.pk, "because": ""})
    assert refused.status_code == 422
    assert "would rest 0 h of 12 h" in refused.content.decode()
    assert 'id="id_member_error"' in refused.content.decode()
    client.post(url, {"window": stamp(second), "member": member.pk, "because": "nobody else"})
    assert Shift.objects.get(starts_at=second[0]).allowed_because == "nobody else"


def test_a_shift_is_given_swapped_dropped_and_brought_back_on_its_page(client, area):
    sign_in(client, "coordinator", area)
    one, two, three = (a_member("gate", incident=area.incident) for _ in range(3))
    post = area.posts.get()
    first, second = windows(area)[1:3]
    early = actions.assign(post, one, first, at=NIGHT)
    late = actions.assign(post, two, second, at=NIGHT)
    assert "Swap with another shift" in client.get(f"/crew/shift/{early.pk}/").content.decode()
    client.post(f"/crew/shift/{early.pk}/change/", {"act": "swap", "other": late.pk})
    swapped = Shift.objects.get(starts_at=first[0], state="planned")
    assert swapped.member == two
    client.post(f"/crew/shift/{swapped.pk}/change/", {"act": "give", "member": three.pk})
    given = Shift.objects.get(starts_at=first[0], state="planned")
    assert given.member == three
    client.post(f"/crew/shift/{given.pk}/change/", {"act": "drop"})
    assert "Taken off the roster" in client.get(f"/crew/post/{post.pk}/").content.decode()
    client.post(f"/crew/shift/{given.pk}/change/", {"act": "back"})
    given.refresh_from_db()
    assert given.state == "planned"
    refused = client.post(f"/crew/shift/{given.pk}/change/", {"act": "give", "member": "0"})
    assert refused.status_code == 422


def test_a_roster_is_proposed_looked_at_stored_and_taken_back(client, area):
    sign_in(client, "coordinator", area)
    for _ in range(5):
        a_member("gate", incident=area.incident)
    assert "Propose a roster" in client.get("/crew/fill/").content.decode()
    answer = client.get("/crew/fill/?hours=24&who=")
    page = answer.content.decode()
    assert "1 place stays empty" in page
    assert "1 more person would fill every shift" in page
    assert not Shift.objects.exists()
    lines = [line.key for line in answer.context["proposal"].lines]
    given = {"line": lines, "batch": str(answer.context["batch"]), "hours": "24"}
    stored = client.post("/crew/fill/store/", given, follow=True).content.decode()
    assert "9 shifts are filled" in stored
    client.post("/crew/fill/store/", given)
    assert Shift.objects.filter(state="planned").count() == 9
    assert "/crew/fill/back/" in stored
    client.post("/crew/fill/back/", {"batch": given["batch"]})
    assert not Shift.objects.filter(state="planned").exists()


def test_a_proposal_that_no_longer_holds_comes_back_as_a_new_one(client, area):
    sign_in(client, "coordinator", area)
    member = a_member("gate", incident=area.incident)
    answer = client.get("/crew/fill/?hours=24&who=")
    lines = [line.key for line in answer.context["proposal"].lines]
    member.available = False
    member.save()
    page = client.post(
        "/crew/fill/store/", {"line": lines, "batch": str(answer.context["batch"]), "hours": "24"}, follow=True
    )
    assert "Something has changed meanwhile" in page.content.decode()
    assert not Shift.objects.exists()
    assert client.post("/crew/fill/store/", {"line": ["x"], "batch": "y"}).status_code == 422


def test_the_roster_leaves_as_xlsx_csv_and_a_dated_paper_in_both_languages(client, area):
    sign_in(client, "coordinator", area)
    member = a_member("gate", incident=area.incident)
    actions.assign(area.posts.get(), member, windows(area)[1], at=NIGHT)
    assert client.get("/crew/?format=xlsx").content[:2] == b"PK"
    text = client.get("/crew/?format=csv").content.decode()
    assert member.name in text
    assert "1 person missing" in text
    paper = pdf_text(client.get("/crew/roster.pdf"))
    assert member.name in paper.replace(" ", "")  # type sets a thin space between Chinese and digits
    assert "roster as of 2021-12-07 23:00" in paper
    assert "1 person missing" in paper
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert "值守班表" in pdf_text(client.get("/crew/roster.pdf"))


def pdf_text(answer) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_the_guard_checks_in_and_hands_over_on_the_phone(client, area):
    guard = sign_in(client, "gate", area)
    assert "You have no shift ahead" in client.get("/crew/mine/").content.decode()
    window = windows(area)[1]
    shift = actions.assign(area.posts.get(), guard, window, at=NIGHT)
    assert "You can check in from" in client.get("/crew/mine/").content.decode()
    at(area, window[0])
    assert "I am here" in client.get("/crew/mine/").content.decode()
    client.post(f"/crew/mine/{shift.pk}/in/")
    page = client.get("/crew/mine/").content.decode()
    assert "nobody is named yet" in page
    refused = client.post(f"/crew/mine/{shift.pk}/out/", {"note": " "})
    assert refused.status_code == 422
    assert "The hand-over has no note" in refused.content.decode()
    client.post(f"/crew/mine/{shift.pk}/out/", {"note": "西门锁已换"})
    shift.refresh_from_db()
    assert (shift.state, shift.handover) == ("done", "西门锁已换")
    client.post(f"/crew/mine/{shift.pk}/undo/")
    shift.refresh_from_db()
    assert shift.state == "on_duty"


def test_the_next_shift_reads_what_was_handed_over(client, area):
    first, second = windows(area)[:2]
    before = actions.check_in(actions.assign(area.posts.get(), a_member(), first, at=NIGHT), at=NIGHT)
    actions.hand_over(before, "十点有药送到东门", at=second[0])
    guard = sign_in(client, "gate", area)
    actions.assign(area.posts.get(), guard, second, at=NIGHT)
    at(area, second[0])
    assert "十点有药送到东门" in client.get("/crew/mine/").content.decode()


def test_a_coordinator_checks_in_who_has_no_phone(client, area):
    sign_in(client, "coordinator", area)
    window = windows(area)[0]
    shift = actions.assign(area.posts.get(), a_member(), window, at=NIGHT)
    assert "For who has no phone" in client.get(f"/crew/shift/{shift.pk}/").content.decode()
    client.post(f"/crew/mine/{shift.pk}/in/")
    answer = client.post(f"/crew/mine/{shift.pk}/out/", {"note": ""}, follow=True)
    assert "The hand-over has no note" in answer.content.decode()
    client.post(f"/crew/mine/{shift.pk}/out/", {"note": "无特殊情况"})
    shift.refresh_from_db()
    assert shift.state == "done"
    assert "无特殊情况" in client.get(f"/crew/post/{shift.post_id}/").content.decode()


def test_nobody_works_on_another_guards_shift_and_no_guard_sees_the_roster(client, area):
    shift = actions.assign(area.posts.get(), a_member(), windows(area)[0], at=NIGHT)
    sign_in(client, "gate", area)
    assert client.post(f"/crew/mine/{shift.pk}/in/").status_code == 403
    assert client.get("/crew/").status_code == 403
    assert client.get(f"/crew/post/{shift.post_id}/").status_code == 403


def test_a_coordinator_of_another_area_neither_sees_nor_changes_the_post(client, area):
    other = a_sealed_area(area.incident)
    sign_in(client, "coordinator", area, area=other)
    post = area.posts.get()
    assert "梧桐院" not in client.get("/crew/").content.decode()
    assert client.get(f"/crew/post/{post.pk}/").status_code == 404
    assert client.post(f"/crew/post/{post.pk}/end/").status_code == 404
    refused = client.post("/crew/post/new/", {"name": "帐篷", "kind": "duty", "area": area.pk, "persons_needed": 1})
    assert refused.status_code == 422
    assert Post.objects.count() == 1


def test_a_tent_is_opened_its_persons_changed_ended_and_opened_again(client, area):
    sign_in(client, "commander", area)
    given = {"name": "核酸帐篷", "kind": "sampling", "area": area.pk, "persons_needed": 3}
    client.post("/crew/post/new/", given)
    client.post("/crew/post/new/", given)
    post = Post.objects.get(name="核酸帐篷")
    assert post.kind == "sampling"
    client.post(f"/crew/post/{post.pk}/need/", {"persons_needed": 1})
    client.post(f"/crew/post/{post.pk}/end/")
    post.refresh_from_db()
    assert (post.persons_needed, post.ended_at) == (1, NIGHT)
    client.post(f"/crew/post/{post.pk}/end/", {"again": "1"})
    post.refresh_from_db()
    assert post.ended_at is None
    assert client.post(f"/crew/post/{post.pk}/need/", {"persons_needed": 0}).status_code == 422
    assert client.post("/crew/post/new/", {**given, "name": ""}).status_code == 422


def test_the_watch_list_on_the_board_leads_to_the_post(client, area):
    sign_in(client, "coordinator", area)
    post = area.posts.get()
    page = client.get("/board/").content.decode()
    assert f'href="/crew/post/{post.pk}/"' in page
    assert "0 of 2 persons now" in page


def test_the_roster_page_asks_a_bounded_number_of_questions(client, area, django_assert_max_num_queries):
    sign_in(client, "coordinator", area)
    for number in range(10):
        post = actions.open_post(area.incident, f"{number}号门", at=NIGHT, area=area)
        actions.assign(post, a_member(), windows(area)[1], at=NIGHT)
    with django_assert_max_num_queries(14):
        client.get("/crew/")


def test_the_board_shows_the_gates_on_its_hard_side_and_tells_the_time_when_it_refreshes(client, area):
    sign_in(client, "coordinator", area)
    page = client.get("/board/").content.decode()
    assert page.index("Gates and posts") < page.index('id="warm"')
    assert "19:00–01:00 · 2 persons missing" in page
    part = client.get("/board/", headers={"HX-Request": "true"}).content.decode()
    assert 'id="clock" hx-swap-oob="true">Dec 7, 23:00' in part
    assert "<html" not in part


def test_the_panel_counts_only_the_posts_of_the_members_areas(client, area):
    sign_in(client, "coordinator", area, area=a_sealed_area(area.incident))
    assert "No post is open." in client.get("/board/").content.decode()


def test_the_sheet_of_components_is_for_who_is_signed_in_and_shows_day_and_night(client, area):
    assert client.get("/components/").status_code == 302
    sign_in(client, "press", area)
    page = client.get("/components/").content.decode()
    assert 'data-theme="light"' in page
    assert 'data-theme="dark"' in page
    assert page.count('class="field field-bad"') == 2
