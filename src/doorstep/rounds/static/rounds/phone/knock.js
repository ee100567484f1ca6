// One knock while it is being made, and how it is written down and taken back. It survives a killed browser, and two tabs share it.

import { time } from "./clock.js";
import { newId, record } from "./outbox.js";
import { goes, handable, welfareOf } from "./round.js";
import { put } from "./store.js";
import { said, t } from "./words.js";

/** A stop of the round, or a door to knock at again, as one kind of thing. */
export function placeOf(app, name, key) {
  const { standing } = app;
  if (name === "door") {
    const stop = standing.stops.find((one) => one.id === key);
    return stop && { ...stop, hash: `door/${key}`, stop: stop.id, task: null };
  }
  const task = [...standing.againNow, ...standing.againLater].find((one) => one.task === key);
  if (!task) return null;
  const stop = standing.stops.find((one) => one.id === task.stop) || {};
  const kg = (task.items || []).reduce((sum, item) => sum + (item.kg || 0), 0);
  return { ...stop, conflicts: [], ask: true, ...task, kg, visit: null, hash: `again/${key}`, stop: task.stop || null };
}

/** The knock being made at this door: the kept one where there is one, else a fresh one with everything ticked. */
export function draftOf(app, place) {
  const { draft, acts } = app.kept;
  if (draft && draft.hash === place.hash && !acts.some((act) => act.id === draft.id)) return (app.draft = draft);
  return (app.draft = app.kept.draft = {
    id: newId(), hash: place.hash, outcome: "", ticked: handable(place.items).map((item) => item.kind),
    chosen: {}, persons: null, code: "", note: "", photo: null,
  });
}

/** Keep the half-made knock; whoever makes it need not wait for that. */
export function keepDraft(draft) {
  if (!draft.done) put("draft", draft).catch(() => {});
}

let saving = false;

/** Write the knock down. It is on the disk when the next door is drawn; it is sent after that. */
export async function save(app, place, draft, { allWell = false } = {}) {
  if (saving) return;
  saving = true;
  draft.done = true;
  const { outcome } = draft;
  const handed = goes(draft.ticked, outcome);
  const items = handable(place.items).map((item) => item.kind);
  const back = items.filter((kind) => !handed.includes(kind));
  const body = {
    door: place.door, stop: place.stop, task: place.task, outcome, handed,
    welfare: draft.outcome && draft.asked ? welfareOf(app.kept.round.questions, draft.chosen, allWell) : {},
    persons: draft.persons, code: draft.code.trim(), note: draft.note.trim().slice(0, 1000),
  };
  const last = { id: draft.id, stop: place.stop, number: place.number, hash: place.hash, outcome, back, visit: true };
  try {
    const act = await record("visit", body, {
      id: draft.id, photo: draft.photo, beside: { last }, without: ["draft"], local: { loaded: items.length > 0, back },
    });
    if (!app.kept.acts.some((one) => one.id === act.id)) app.kept.acts.push(act);
    if (draft.photo) app.kept.photos.push(draft.id);
    app.kept.last = last;
    app.draft = null;
    delete app.kept.draft;
    app.again = null;
    app.reckon();
    app.go("", { replace: true });
    app.say(`${place.number}: ${t(outcome)}. ${t("written_down")}`);
    app.sendSoon();
  } catch {
    draft.done = false;
    app.fail(t("not_kept"));
  } finally {
    saving = false;
  }
}

/** Take a knock back and open its door again. */
export async function takeBack(app, visit, hash) {
  const act = await record("undo", { visit }, { without: ["last", "draft"] });
  if (!app.kept.acts.some((one) => one.id === act.id)) app.kept.acts.push(act);
  delete app.kept.last;
  app.draft = null;
  delete app.kept.draft;
  app.reckon();
  app.go(hash || "", { replace: true });
  app.say(t("taken_back"));
  app.sendSoon();
}

/** "living kit, letter" in the language of the page. */
export function titlesOf(kinds, codes) {
  return codes.map((code) => said(kinds[code] && kinds[code].title) || code).join(t("comma"));
}

export function dueText(place) {
  if (place.due_at) return t("before", { time: time(place.due_at) });
  const at = place.expected_at || place.arrives_at;
  return at ? t("about", { time: time(at) }) : "";
}
