// All doors with how they stand, those to knock at again first; each can be opened out of order.

import { h, button } from "../dom.js";
import { dueText } from "../knock.js";
import { said, stairName, t } from "../words.js";
import { outcomeBadge } from "./parts.js";

export function list(app) {
  const { standing } = app;
  const again = [...standing.againNow, ...standing.againLater];
  const silent = standing.stops.filter((stop) => stop.visit && stop.visit.outcome === "no_answer" && stop.visit.state === "waiting");
  return h("div", { class: "stack" }, h("h1", { class: "big" }, t("all_doors")),
    again.length > 0 && part(t("knock_again"), again.map((task) => row(app, task, `again/${task.task}`,
      h("span", { class: `badge ${task.urgency === 3 ? "is-broken" : "is-risk"}` }, `▲ ${dueText(task) || t("knock_again")}`)))),
    silent.length > 0 && h("p", { class: "notice" }, t("silent", { n: silent.length })),
    standing.rounds.flatMap((round) => tripsOf(round).map((trip) => part(
      standing.rounds.length > 1 ? t("round_trip", { round: round.number, trip: trip.trip }) : t("trip", { trip: trip.trip }),
      trip.stops.map((stop) => row(app, stop, `door/${stop.id}`, state(stop, standing)))))));
}

function tripsOf(round) {
  const trips = [];
  for (const stop of round.stops) {
    if (!trips.length || trips[trips.length - 1].trip !== stop.trip) trips.push({ trip: stop.trip, stops: [] });
    trips[trips.length - 1].stops.push(stop);
  }
  return trips;
}

function state(stop, standing) {
  if (stop.visit) return outcomeBadge(stop.visit);
  if (standing.next && standing.next.id === stop.id) return h("span", { class: "badge is-next" }, `→ ${t("next")}`);
  return h("span", { class: "badge" }, `○ ${dueText(stop) || t("open")}`);
}

function part(title, rows) {
  return h("section", {}, h("h2", {}, title), h("ul", { class: "plain-list" }, rows));
}

function row(app, place, hash, badge) {
  const where = [`${place.building} ${stairName(place.stair)}`, t("floor", { n: place.floor })].map((fact) => h("span", { class: "fact" }, fact));
  return h("li", {}, button([
    h("span", {}, h("strong", { class: "big number" }, place.number), h("span", { class: "small" }, where[0], " · ", where[1])),
    badge, (place.notes || []).length > 0 && h("span", { class: "visually-hidden" }, place.notes.map(said).join(t("comma"))),
  ], () => app.go(hash), "door-row"));
}
