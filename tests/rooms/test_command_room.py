"""Activation, posts, lines of work and clocks: one act, holes red and never in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import NIGHT, a_member, a_sealed_area, an_incident, sign_in

from doorstep.command import tasks
from doorstep.command.calling import acts
from doorstep.command.models import Call, CallOut, CommandPost, Incident, Organisation, RoleGrant, Task
from doorstep.command.posts import activating, holding, working
from doorstep.command.posts.clocks import response_clocks
from doorstep.command.posts.figures import measured, measured_rows
from doorstep.command.posts.seats import rules_of
from doorstep.command.posts.watches import command_posts
from doorstep.command.rights import rights_of, roles
from doorstep.errors import UserError
from doorstep.protocol import shipped, shipped_ids

pytestmark = pytest.mark.django_db
ONE = NIGHT + timedelta(hours=2)


@pytest.fixture
def night():
    return an_incident()


def stand(post, *members):
    holding.keep_standing(post, members, at=NIGHT, by=None)


def test_every_post_of_the_shipped_rules_brings_a_duty_that_there_is():
    seats = [seat for key in shipped_ids() for seat in rules_of(shipped(key)).posts]
    assert seats
    assert {seat.role for seat in seats} <= set(roles()) - {"administrator"}


def test_one_act_fills_the_posts_calls_out_and_opens_the_checklists(night):
    head, deputy, cleaner = a_member(), a_member(), a_member()
    stand("commander", head, deputy)
    stand("disinfection", cleaner)
    by = a_member("administrator")
    made = activating.activate(night, at=ONE, by=by, place="街道办")
    post = CommandPost.objects.get(incident=night, code="commander")
    assert (post.holder, post.deputy, post.held_since) == (head, deputy, ONE)
    assert rights_of(head, night).covers("manage_areas")
    assert "记录员" in made.holes or "scribe" in made.holes
    assert set(CallOut.objects.values_list("post__code", flat=True)) == {"commander", "disinfection"}
    task = Task.objects.get(key=f"check:{night.pk}:0:disinfection:plan")
    assert (task.owner, task.due_at) == (cleaner, ONE + timedelta(hours=3))
    again = activating.activate(night, at=ONE + timedelta(minutes=1), by=by)
    assert (again.is_new, again.calls, again.tasks) == (False, 0, 0)
    assert CallOut.objects.count() == 2


def test_holes_are_red_and_an_activation_without_any_directory_goes_through(night):
    by = a_member("commander", incident=night)
    assert command_posts(night, ONE) == []
    made = activating.activate(night, at=ONE, by=by)
    assert CommandPost.objects.get(code="commander").holder == by
    rows = command_posts(night, ONE)
    assert len(made.holes) == sum(row.what == "nobody holds this post" for row in rows) > 5
    assert any(row.what == "nobody owns this line of work" for row in rows)
    assert all(row.url for row in rows)


def test_who_is_away_is_passed_over_and_a_post_that_loses_its_holder_turns_red(night):
    away, here = a_member(), a_member()
    away.available = False
    away.save()
    stand("logistics", away, here)
    activating.activate(night, at=ONE, by=a_member("commander", incident=night))
    post = CommandPost.objects.get(code="logistics")
    assert post.holder == here
    here.health = "quarantine"
    here.save()
    assert any(row.subject == str(post) and row.level == 3 for row in command_posts(night, ONE))


def test_a_no_calls_the_deputy_in_the_same_act_who_then_holds_the_post(night):
    first, second = a_member(), a_member()
    stand("press", first, second)
    activating.activate(night, at=ONE, by=a_member("commander", incident=night))
    callout = CallOut.objects.get(post__code="press")
    acts.answer(callout.calls.get(member=first), "cannot", at=ONE + timedelta(minutes=2), via="page", by=first)
    post = CommandPost.objects.get(code="press")
    assert post.holder is None
    assert not RoleGrant.objects.filter(member=first, role="press").exists()
    call = callout.calls.get(member=second)
    assert call.asked_at == ONE + timedelta(minutes=2)
    acts.answer(call, "coming", at=ONE + timedelta(minutes=5), via="link", by=second)
    post.refresh_from_db()
    assert post.holder == second
    assert rights_of(second, night).covers("publish")


def test_a_duty_that_somebody_had_before_stays_when_the_post_goes(night):
    member = a_member("press", incident=night)
    stand("press", member)
    activating.activate(night, at=ONE, by=a_member("commander", incident=night))
    holding.leave_post(CommandPost.objects.get(code="press"), at=ONE, by=None)
    assert RoleGrant.objects.filter(member=member, role="press").count() == 1


def test_sealing_opens_its_part_of_the_checklists_once(night):
    activating.activate(night, at=ONE, by=a_member("commander", incident=night))
    area = a_sealed_area(night, at=ONE)
    from doorstep.command.events import AreaChanged
    from doorstep.wiring.events import publish

    publish(AreaChanged(area.pk, ONE))
    found = Task.objects.filter(area=area, kind="checklist")
    many = found.count()
    assert many >= 8
    assert found.get(key__endswith="disinfection:terminal").evidence["en"].startswith("say the site")
    publish(AreaChanged(area.pk, ONE + timedelta(hours=1)))
    assert found.count() == many


def test_a_measured_result_is_a_figure_with_its_rows(night):
    activating.activate(night, at=ONE, by=a_member("commander", incident=night))
    area = a_sealed_area(night, at=ONE)
    working.open_items(night, "seal", at=ONE, area=area)
    task = Task.objects.get(area=area, key__endswith="disinfection:terminal")
    with pytest.raises(UserError, match="needs a proof"):
        tasks.finish(task, "", at=ONE, measured=4000)
    with pytest.raises(UserError, match="no amount"):
        tasks.finish(task, "含氯", at=ONE, measured=-1)
    tasks.finish(task, "含氯1000 mg/L", at=ONE, measured=4000)
    day = (NIGHT, NIGHT + timedelta(days=1))
    (figure,) = [one for one in measured(night, *day) if one.value]
    assert (figure.code, figure.value, figure.unit) == ("disinfection:m2", 4000, "m²")
    assert [row[3] for row in measured_rows(night, figure.code, *day).rows] == [4000]
    assert measured(night, day[1], day[1] + timedelta(days=1)) == []
    tasks.reopen(task, at=ONE)
    assert measured(night, *day) == []


def test_an_incident_adds_a_line_of_work_with_its_own_checklist(client, night):
    sign_in(client, "commander", night)
    given = {"title": "Cats", "items": "Feed the cats | 4 | cats\nAsk the vet"}
    assert client.post("/command/work/new/", given).status_code == 302
    assert client.post("/command/work/new/", given).status_code == 302
    work = night.workstreams.get(code="cats")
    assert list(Task.objects.filter(workstream="cats").order_by("pk").values_list("title", "unit")) == [
        ("Feed the cats", "cats"),
        ("Ask the vet", ""),
    ]
    owner = a_member("desk", incident=night)
    client.post(f"/command/work/{work.pk}/", {"do": "own", "owner": owner.pk})
    assert set(Task.objects.filter(workstream="cats").values_list("owner", flat=True)) == {owner.pk}
    answer = client.post("/command/work/new/", {"title": "Dogs", "items": "Walk | soon"})
    assert answer.status_code == 422
    assert "“soon” is no number" in answer.content.decode()
    assert "Walk | soon" in answer.content.decode()


def test_an_office_of_the_incident_without_head_or_deputy_is_red(night):
    Organisation.objects.create(name="商务局", workstreams=["pets"])
    activating.activate(night, at=ONE, by=a_member("commander", incident=night))
    (row,) = [row for row in command_posts(night, ONE) if row.subject == "商务局"]
    assert "no head" in row.what
    assert "no deputy" in row.what


def test_the_clock_of_the_command_stops_with_the_activation(night):
    look = {clock.code: clock.look for clock in response_clocks(night, ONE)}
    assert look["command"] == "open"
    activating.activate(night, at=ONE, by=a_member("commander", incident=night))
    (clock,) = [one for one in response_clocks(night, NIGHT + timedelta(days=2)) if one.code == "command"]
    assert (clock.real_h, clock.look) == (2.0, "kept")
    assert {one.look for one in response_clocks(night, NIGHT + timedelta(days=2)) if one.code == "test"} == {"broken"}


def test_a_new_incident_is_opened_and_activated_with_one_button_once(client, night):
    sign_in(client, "commander", night)
    page = client.get("/command/activate/?new=1")
    assert "Who is called, in this order" in page.content.decode()
    given = {
        "name": "Night fire",
        "trigger_at": "2021-12-07T23:00",
        "time_zone": "Asia/Shanghai",
        "protocol_id": "heat",
        "clock": "exercise",
        "place": "Office",
    }
    assert client.post("/command/activate/?new=1", given).status_code == 302
    assert client.post("/command/activate/?new=1", given).status_code == 302
    made = Incident.objects.get(name="Night fire")
    assert made.command_posts.count() == len(rules_of(shipped("heat")).posts)
    room = client.get("/command/").content.decode()
    assert "Night fire" in room
    assert "Nobody holds" in room
    assert client.post("/command/activate/?new=1", {**given, "name": ""}).status_code == 422


def test_who_may_not_activate_is_told_and_sees_the_room_without_buttons(client, night):
    sign_in(client, "desk", night)
    assert client.get("/command/").status_code == 200
    for url in ("activate/", "sent/", "channels/", "directory/"):
        assert client.get(f"/command/{url}").status_code == 403
    assert client.post("/command/calls/new/", {}).status_code == 403
    activating.activate(night, at=ONE, by=None)
    post = CommandPost.objects.get(code="commander")
    assert client.post(f"/command/posts/{post.pk}/", {"do": "hold", "member": a_member().pk}).status_code == 403
    sign_in(client, "carrier", night)
    assert client.get("/command/").status_code == 403


def test_only_who_manages_people_everywhere_changes_the_standing_directory(client, night):
    member = a_member()
    sign_in(client, "commander", night)
    assert client.post("/command/directory/commander/", {"member1": member.pk}).status_code == 403
    sign_in(client, "administrator", None)
    assert client.post("/command/directory/commander/", {"member1": member.pk}).status_code == 302
    assert member.name in client.get("/command/directory/").content.decode()
    assert client.get("/command/directory/no-such-post/").status_code == 404


def test_the_room_shows_all_in_a_known_number_of_queries(client, night, django_assert_max_num_queries):
    sign_in(client, "commander", night)
    for code in ("commander", "press", "logistics"):
        stand(code, a_member(), a_member())
    activating.activate(night, at=ONE, by=None)
    with django_assert_max_num_queries(45):
        page = client.get("/command/").content.decode()
    assert "Response clocks" in page
    assert Call.objects.filter(asked_at__isnull=False).count() == 3
    assert client.get("/command/?format=csv").content.startswith(b"\xef\xbb\xbfpost,who")
    post = CommandPost.objects.get(code="press")
    for url in (f"posts/{post.pk}/", "work/", "work/new/", "calls/", "calls/new/", "sent/", "told/", "channels/"):
        assert client.get(f"/command/{url}").status_code == 200, url
    for url in ("work/", "calls/", "sent/", "directory/"):
        assert client.get(f"/command/{url}?format=csv").status_code == 200, url
