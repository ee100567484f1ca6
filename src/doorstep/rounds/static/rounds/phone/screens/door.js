// One door: where it is, what is handed over, what happened. One tap where nobody speaks, two or three where somebody does.

import { minutesUntil, now, time } from "../clock.js";
import { button, h } from "../dom.js";
import { draftOf, dueText, keepDraft, placeOf, save, takeBack } from "../knock.js";
import { handable, restOf, spokeThere } from "../round.js";
import { put } from "../store.js";
import { kg, said, stairName, t } from "../words.js";
import { noteAndPhoto, outcomeBadge, undoBar } from "./parts.js";

const REST_SOON_MINUTES = 15;

export function door(app, key, name) {
  const place = placeOf(app, name, key);
  if (!place) return null;
  const open = !place.visit || app.again === place.hash;
  return h("div", { class: "stack" }, undoBar(app), restNotice(app), where(app, place, name),
    open ? knock(app, place) : [people(place), written(app, place)]);
}

/** A door to knock at again is not put before the others for a while. */
async function postpone(app, task) {
  const later = { ...app.kept.later, [task]: now() + 60000 * app.figures.soon_minutes };
  app.kept.later = later;
  await put("later", later);
  app.reckon();
  app.go("", { replace: true });
}

function where(app, place, name) {
  const compounds = new Set(app.standing.stops.map((stop) => stop.compound));
  const floor = place.lift ? t("floor_lift", { n: place.floor }) : t("floor", { n: place.floor });
  const facts = [compounds.size > 1 && place.compound, place.building, dueText(place), place.kg > 0 && kg(place.kg),
    place.trip && t("trip_climb", { trip: place.trip, climb: place.climb })];
  return h("section", { class: "where-to" },
    name === "again" && h("div", { class: "row again" },
      h("p", { class: "badge is-broken" }, `▲ ${said(place.title).split(" · ")[0] || t("knock_again")}`),
      button(t("not_now"), () => postpone(app, place.task))),
    h("h1", {}, h("span", { class: "huge number" }, place.number), " ",
      h("span", { class: "big" }, h("span", { class: "fact" }, stairName(place.stair)), " · ", h("span", { class: "fact" }, floor))),
    h("p", { class: "line number" },
      facts.filter(Boolean).map((fact) => h("span", { class: "fact" }, fact))),
    (place.notes || []).length + (place.conflicts || []).length > 0 && h("p", { class: "row" },
      (place.conflicts || []).map((text) => h("span", { class: "badge is-broken" }, `✕ ${said(text)}`)),
      (place.notes || []).map((text) => h("span", { class: "badge is-risk" }, `▲ ${said(text)}`))));
}

function knock(app, place) {
  const draft = draftOf(app, place);
  const items = handable(place.items);
  const asked = (place.ask && app.kept.round.questions.length > 0) || place.code;

  function tick(kind, on) {
    draft.ticked = on ? [...draft.ticked, kind] : draft.ticked.filter((one) => one !== kind);
    keepDraft(draft);
  }

  async function choose(outcome) {
    draft.outcome = outcome;
    draft.asked = Boolean(spokeThere(outcome) && asked);
    if (!draft.asked) { await save(app, place, draft); return; }
    keepDraft(draft);
    app.go("ask");
  }

  const tap = (outcome, look) => button(t(outcome), () => choose(outcome), look, { "data-outcome": outcome });
  return [
    items.length > 0 && h("fieldset", { class: "items" }, h("legend", {}, t("hand_over")),
      items.map((item) => itemRow(app, item, draft.ticked.includes(item.kind), tick))),
    people(place), noteAndPhoto(app, draft),
    h("div", { class: "below sticks" },
      h("div", { class: "outcomes" }, tap("opened", "btn-main"), tap("through_door", "btn-second")),
      h("div", { class: "outcomes others" }, tap("no_answer", "btn-bad"), tap("refused"), tap("moved"))),
  ];
}

function people(place) {
  const lines = (place.people || []).filter((person) => person.name || person.phone);
  return lines.length > 0 && h("ul", { class: "plain-list people" }, lines.map((person) => h("li", { class: "row" },
    h("span", {}, person.name), person.phone && h("a", { class: "btn", href: `tel:${person.phone}` }, `☎ ${person.phone}`))));
}

function itemRow(app, item, ticked, tick) {
  const kind = app.kept.round.kinds[item.kind] || {};
  const facts = [item.persons > 0 && t("for_persons", { n: item.persons }), item.kg > 0 && kg(item.kg), kind.hot && t("hot"),
    kind.perishable && t("in_person")];
  const box = h("input", { type: "checkbox", checked: ticked, onchange: () => tick(item.kind, box.checked) });
  return h("label", { class: "item" }, box, h("span", {}, h("strong", {}, said(kind.title) || item.kind),
    h("span", { class: "small muted number" }, facts.filter(Boolean).join(" · "))));
}

function written(app, place) {
  const { visit } = place;
  return h("section", { class: "card stack" },
    h("p", { class: "row" }, outcomeBadge(visit), h("span", { class: "number muted" }, time(visit.occurred_at))),
    visit.mine ? button(t("take_knock_back"), () => takeBack(app, visit.client_id, place.hash), "wide") : h("p", {}, t("by_other")),
    button(t("knock_once_more"), () => { app.again = place.hash; app.draw({ focus: true }); }, "wide"));
}

function restNotice(app) {
  const rest = restOf(app.standing.current, now());
  if (!rest || minutesUntil(rest.starts_at) > REST_SOON_MINUTES) return null;
  const text = minutesUntil(rest.starts_at) <= 0
    ? t("rest_now", { time: time(rest.ends_at) })
    : t("rest_soon", { time: time(rest.starts_at) });
  return h("p", { class: "notice" }, text);
}
