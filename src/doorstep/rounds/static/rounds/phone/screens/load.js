// The start of a trip: what goes on the trolley, how heavy it is, in which stairs it goes up, when the next rest is.

import { now, time } from "../clock.js";
import { button, h } from "../dom.js";
import { fresh, loadOf, restOf } from "../round.js";
import { put } from "../store.js";
import { kg, said, stairName, t } from "../words.js";
import { undoBar } from "./parts.js";

const nameOf = (round, trip) => `${round.id}:${trip}`;

/** The trip that starts with the next door and has not been loaded yet; null within a trip. */
export function tripToLoad(app) {
  const { current, next } = app.standing;
  if (!next || !fresh(current.stops, next.trip) || (app.kept.loaded || []).includes(nameOf(current, next.trip))) return null;
  return next.trip;
}

export function load(app, trip) {
  const { current } = app.standing;
  const { kinds } = app.kept.round;
  const { doors, bags, kg: weight, counts, climbs } = loadOf(current.stops, trip, kinds);
  const rest = restOf(current, now());

  async function go() {
    const loaded = [...(app.kept.loaded || []), nameOf(current, trip)];
    app.kept.loaded = loaded;
    await put("loaded", loaded);
    app.go("");
  }

  return h("div", { class: "stack" }, undoBar(app),
    h("h1", { class: "big" }, t("load_title", { trip })),
    h("p", { class: "huge number" }, kg(weight)),
    h("p", { class: "big number" }, t("load_sum", { bags, doors })),
    h("ul", { class: "plain-list" }, Object.entries(counts).map(([kind, count]) =>
      h("li", { class: "line-item" }, h("span", {}, said(kinds[kind] && kinds[kind].title) || kind), h("strong", { class: "number" }, `× ${count}`)))),
    h("h2", {}, t("the_way")),
    h("ol", { class: "plain-list" }, climbs.map((climb) => h("li", { class: "line-item" },
      h("span", {}, h("strong", {}, `${climb.building} ${stairName(climb.stair)}`), h("span", { class: "small number" }, climb.numbers.join(" → "))),
      h("span", { class: "number" }, kg(climb.kg))))),
    rest && h("p", { class: "notice" }, t("next_rest", { from: time(rest.starts_at), to: time(rest.ends_at) })),
    h("div", { class: "below sticks" }, button(t("loaded_go"), go, "btn-main wide tall", { id: "go" })));
}
