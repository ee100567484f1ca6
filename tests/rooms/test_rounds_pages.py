"""From the click to a plan, from the phone to kept promises, on paper too."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from builders import NIGHT, a_compound, a_household, a_member, a_sealed_area
from django.contrib.auth import get_user_model
from pypdf import PdfReader

from doorstep.command.models import Task
from doorstep.promises.actions import derive
from doorstep.promises.models import Promise
from doorstep.rounds.models import Round, RoundPlan, Stop, Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def area():
    area = a_sealed_area(compound=a_compound(stairs=2, floors=4))
    for number, line in enumerate(area.area_doors.select_related("door").order_by("pk")):
        a_household(line.door, alone=number == 0, persons=number % 4 + 3)
    derive(area.incident, at=NIGHT)
    return area


def sign_in(client, role: str, night, **grant):
    member = a_member(role, incident=night.incident, login=f"{role}-{uuid4().hex[:6]}", **grant)
    user = get_user_model().objects.get(pk=member.user_id)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    return member


def ask(client, area, **changed):
    carriers = [str(m) for m in area.incident.grants.filter(role="carrier").values_list("member_id", flat=True)]
    data = {
        "areas": [str(area.pk)],
        "starts": "2021-12-08T06:00",
        "hours": "24",
        "carriers": carriers,
        "helpers": "Lin Xi 06:00-12:00",
    }
    return client.post("/rounds/new/", {**data, **changed}, follow=True)


def test_one_click_makes_a_plan_that_the_page_shows_with_its_bound(client, area):
    a_member("carrier", incident=area.incident)
    sign_in(client, "coordinator", area)
    page = ask(client, area).content.decode()
    plan = RoundPlan.objects.get()
    assert plan.state == RoundPlan.State.READY
    assert "no plan can be under" in page
    assert "Lin Xi" in page
    assert Stop.objects.filter(round__plan=plan).count() + len(plan.unserved) == 16


def test_what_is_wrong_with_the_request_stands_at_its_field(client, area):
    sign_in(client, "coordinator", area)
    answer = ask(client, area, helpers="")
    assert answer.status_code == 422
    assert "Nobody is chosen to carry" in answer.content.decode()
    answer = ask(client, area, helpers="Lin Xi 25:00-26:00")
    assert "25:00 is no time of day" in answer.content.decode()
    assert not RoundPlan.objects.exists()


def test_a_window_in_which_nothing_is_due_says_when_the_next_thing_is(client, area):
    sign_in(client, "coordinator", area)
    Promise.objects.all().update(due_at=NIGHT + timedelta(hours=60))
    page = ask(client, area, hours="2").content.decode()
    assert "Nothing is due at a door in this window" in page
    assert "The next thing is due" in page


def test_a_plan_leaves_as_xlsx_json_and_two_papers_in_both_languages(client, area):
    sign_in(client, "coordinator", area)
    ask(client, area)
    plan = RoundPlan.objects.get()
    assert client.get(f"/rounds/plan/{plan.pk}/?format=xlsx").content[:2] == b"PK"
    data = client.get(f"/rounds/plan/{plan.pk}/?format=json").json()
    assert {"cost", "lower_bound", "gap", "feasible", "seconds", "seed", "unserved"} <= set(data)
    text = pdf_text(client.get(f"/rounds/plan/{plan.pk}/door-lists.pdf"))
    assert "Lin Xi" in text
    assert "living kit" in text
    labels = pdf_text(client.get(f"/rounds/plan/{plan.pk}/labels.pdf"))
    assert labels.count("kg") == Stop.objects.filter(round__plan=plan).count()
    assert labels.count("This kit keeps this household until Dec") == labels.count("living kit")
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert "生活物资包" in pdf_text(client.get(f"/rounds/plan/{plan.pk}/door-lists.pdf"))


def pdf_text(answer) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_the_plans_leave_as_a_table_and_who_may_not_export_is_not_offered_it(client, area):
    sign_in(client, "coordinator", area)
    ask(client, area)
    rows = client.get("/rounds/?format=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert area.name in rows[1]
    assert "?format=xlsx" in client.get("/rounds/").content.decode()
    sign_in(client, "supply", area)
    assert "?format=xlsx" not in client.get("/rounds/").content.decode()
    assert "?format=xlsx" not in client.get(f"/rounds/plan/{RoundPlan.objects.get().pk}/").content.decode()
    assert client.get("/rounds/?format=csv").status_code == 403


def test_a_coordinator_of_another_area_can_neither_plan_here_nor_see_the_plan(client, area):
    sign_in(client, "coordinator", area)
    ask(client, area)
    plan = RoundPlan.objects.get()
    sign_in(client, "coordinator", area, area=a_sealed_area(area.incident))
    assert client.get(f"/rounds/plan/{plan.pk}/").status_code == 404
    assert ask(client, area).status_code == 422


def test_the_carrier_does_a_door_in_three_taps_and_can_take_it_back(client, area):
    carrier = sign_in(client, "carrier", area)
    walk = planned_for(carrier, area)
    page = client.get("/rounds/work/").content.decode()
    stop = walk.stops.first()
    assert f'<h2 class="huge">{stop.door.number}</h2>' in page
    handed = [item["kind"] for item in stop.items if item["kind"] != "contact"]
    first = client.post(
        f"/rounds/work/stop/{stop.pk}/", {"client_id": str(uuid4()), "outcome": "opened", "handed": handed}
    )
    assert not Visit.objects.exists()
    assert "all is well" in first.content.decode()
    knock = {"client_id": str(uuid4()), "outcome": "opened", "handed": handed, "asked": "1", "well": "1"}
    after = client.post(f"/rounds/work/stop/{stop.pk}/", knock, follow=True).content.decode()
    client.post(f"/rounds/work/stop/{stop.pk}/", knock)
    visit = Visit.objects.get()
    assert visit.welfare["fever"] == "none"
    assert f"/rounds/work/visit/{visit.pk}/undo/" in after
    assert Promise.objects.filter(door=stop.door, state="kept").count() == len(stop.items)
    client.post(f"/rounds/work/visit/{visit.pk}/undo/")
    assert not Promise.objects.filter(state="kept").exists()


def planned_for(carrier, area) -> Round:
    from doorstep.rounds.actions import request_plan, run_plan
    from doorstep.rounds.demand import CarrierLine

    line = CarrierLine(carrier.pk, carrier.name, NIGHT, NIGHT + timedelta(hours=24))
    plan = request_plan(area.incident, [area], NIGHT, NIGHT + timedelta(hours=24), carriers=[line], at=NIGHT)
    run_plan(plan.pk)
    return plan.rounds.get()


def test_a_door_that_does_not_open_comes_back_on_the_same_phone(client, area):
    carrier = sign_in(client, "carrier", area)
    stop = planned_for(carrier, area).stops.first()
    client.post(f"/rounds/work/stop/{stop.pk}/", {"client_id": str(uuid4()), "outcome": "no_answer"})
    task = Task.objects.get(kind="follow_up")
    page = client.get("/rounds/work/").content.decode()
    assert page.index('class="huge"') < page.index(f"/rounds/work/task/{task.pk}/")
    Task.objects.filter(pk=task.pk).update(due_at=NIGHT + timedelta(minutes=20))
    page = client.get("/rounds/work/").content.decode()
    assert page.index(f"/rounds/work/task/{task.pk}/") < page.index('class="huge"')
    assert "living kit" in client.get(f"/rounds/work/task/{task.pk}/").content.decode()
    knock = {"client_id": str(uuid4()), "outcome": "opened", "asked": "1", "well": "1", "handed": ["kit:living"]}
    client.post(f"/rounds/work/task/{task.pk}/", knock)
    task.refresh_from_db()
    assert task.state == Task.State.DONE
    assert Promise.objects.get(door=stop.door, kind="kit:living", state="kept").proof_kind == "visit"


def test_a_carrier_sees_no_round_of_another_carrier(client, area):
    other = a_member("carrier", incident=area.incident)
    walk = planned_for(other, area)
    sign_in(client, "carrier", area)
    assert client.get(f"/rounds/work/round/{walk.pk}/").status_code == 403
    assert client.get(f"/rounds/work/stop/{walk.stops.first().pk}/").status_code == 403
    assert "No round is planned for you" in client.get("/rounds/work/").content.decode()


def test_a_half_written_knock_is_refused_and_nothing_is_stored(client, area):
    carrier = sign_in(client, "carrier", area)
    stop = planned_for(carrier, area).stops.first()
    answer = client.post(f"/rounds/work/stop/{stop.pk}/", {"client_id": "x", "outcome": "no_answer"})
    assert answer.status_code == 422
    answer = client.post(f"/rounds/work/stop/{stop.pk}/", {"client_id": str(uuid4()), "outcome": "climbed"})
    assert answer.status_code == 422
    assert not Visit.objects.exists()


def test_rounds_are_changed_by_hand_lock_move_take_out_and_back(client, area):
    a_member("carrier", incident=area.incident)
    sign_in(client, "coordinator", area)
    ask(client, area)
    plan = RoundPlan.objects.get()
    one, two = plan.rounds.all()
    stop = one.stops.first()
    assert "Give to" in client.get(f"/rounds/round/{one.pk}/").content.decode()
    client.post(f"/rounds/stop/{stop.pk}/move/", {"round": two.pk})
    stop.refresh_from_db()
    assert stop.round_id == two.pk
    client.post(f"/rounds/round/{two.pk}/lock/", {"locked": "1"})
    kept = set(two.stops.values_list("door_id", flat=True))
    client.post(f"/rounds/plan/{plan.pk}/again/")
    new = RoundPlan.objects.exclude(pk=plan.pk).get()
    two.refresh_from_db()
    assert two.plan_id == new.pk
    assert set(two.stops.values_list("door_id", flat=True)) == kept
    every = list(Stop.objects.filter(round__plan=new).values_list("door_id", flat=True))
    assert len(every) == len(set(every)) == 16
    client.post(f"/rounds/plan/{new.pk}/withdraw/")
    new.refresh_from_db()
    assert new.state == RoundPlan.State.REPLACED
    assert not Promise.objects.filter(planned_at__isnull=False).exists()


def test_the_plan_page_asks_a_bounded_number_of_questions(client, area, django_assert_max_num_queries):
    sign_in(client, "coordinator", area)
    ask(client, area)
    with django_assert_max_num_queries(30):
        client.get(f"/rounds/plan/{RoundPlan.objects.get().pk}/")
