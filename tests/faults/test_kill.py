"""kill -9: what was acknowledged stays, what was not is done once when it is asked for again, jobs are taken up."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from faults.site import Site, until

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def site():
    made = Site(doors=48)
    yield made
    made.close()


def knock(door: int) -> dict[str, object]:
    return {"client_id": str(uuid4()), "door": door, "outcome": "opened", "handed": ["kit:living"]}


def visits(site: Site, door: int) -> list[dict[str, object]]:
    return site.ask("GET", f"/board/doors/{door}")["visits"]


def test_a_knock_that_was_acknowledged_outlives_the_server(site):
    server = site.server()
    door, told = site.facts["doors"][0], knock(site.facts["doors"][0])
    first = site.ask("POST", "/rounds/visits", told)
    site.kill(server)
    with pytest.raises(OSError, match=r"refused|reset"):
        site.ask("GET", "/rounds/work")
    server = site.server()
    assert [visit["id"] for visit in visits(site, door)] == [first["id"]]
    assert site.ask("POST", "/rounds/visits", told) == first
    kept = [p for p in site.ask("GET", f"/promises/door/{door}") if p["proof"] == str(first["id"])]
    assert {promise["kind"] for promise in kept} == {"contact", "kit:living"}
    site.kill(server)


def test_a_batch_cut_by_the_death_of_the_server_is_whole_or_absent_and_done_once(site):
    server = site.server()
    doors = site.facts["doors"][1:31]
    batch = {"visits": [knock(door) for door in doors]}
    path = f"/rounds/visits/batch?client_id={uuid4()}"
    answers: list[object] = []

    def send() -> None:
        try:
            answers.append(site.ask("POST", path, batch))
        except OSError:
            answers.append(None)

    sender = threading.Thread(target=send)
    sender.start()
    sender.join(timeout=0.15)  # long enough to arrive, too short to be sure of the end: either must hold
    site.kill(server)
    sender.join(timeout=60)
    server = site.server()
    before = [len(visits(site, door)) for door in doors]
    assert before in ([0] * 30, [1] * 30)
    if answers[0] is not None:
        assert before == [1] * 30
    again = site.ask("POST", path, batch)["answers"]
    assert [answer["status"] for answer in again] == [200] * 30
    assert [len(visits(site, door)) for door in doors] == [1] * 30
    site.kill(server)


def test_a_plan_whose_runner_is_killed_is_taken_up_within_the_lease_and_made_once(site):
    server, runner = site.server(), site.runner()
    window = {"starts_at": "2021-12-07T23:00:00+08:00", "ends_at": "2021-12-08T23:00:00+08:00"}
    body = {"areas": [site.facts["area"]], **window, "carriers": [{"name": "Lin Xi"}, {"name": "Lin Yu"}]}
    path = f"/rounds/plans?client_id={uuid4()}"
    plan = site.ask("POST", path, body)["id"]
    assert site.ask("POST", path, body)["id"] == plan

    def state() -> str:
        return site.ask("GET", f"/rounds/plans/{plan}/state")["state"]

    until(lambda: state() == "running", "the plan is being made")
    site.kill(runner)
    assert state() == "running"
    assert site.ask("GET", f"/rounds/plans/{plan}")["rounds"] == []
    runner = site.runner()
    until(lambda: state() == "ready", "the plan is taken up again and made")
    made = site.ask("GET", f"/rounds/plans/{plan}")
    planned = [stop["door"] for walk in made["rounds"] for stop in walk["stops"]]
    assert len(planned) == len(set(planned))
    assert len(planned) + len(made["lost"]) == len(site.facts["doors"])
    assert site.ask("GET", "/rounds/plans")["total"] == 1
    site.kill(runner)
    site.kill(server)
