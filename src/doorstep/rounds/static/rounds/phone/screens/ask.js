// How are they? All well with one tap, or a chip for each answer; what the resident's code says, a word, a picture.

import { button, h } from "../dom.js";
import { draftOf, keepDraft, placeOf, save } from "../knock.js";
import { said, t } from "../words.js";
import { noteAndPhoto } from "./parts.js";

const MOST_PERSONS = 60;

export function ask(app) {
  const { draft } = app.kept;
  if (!draft || !draft.outcome) return null;
  const [name, key] = draft.hash.split("/");
  const place = placeOf(app, name, Number(key));
  if (!place || (place.visit && app.again !== place.hash)) return null;
  if (draftOf(app, place) !== draft) return null;
  const { questions } = app.kept.round;
  const finish = (allWell) => save(app, place, draft, { allWell });
  const below = button("", () => finish(false), "btn-main wide");

  function turn() {
    const some = Object.values(draft.chosen).some((codes) => codes.length) || draft.persons !== null || draft.code || draft.note || draft.photo;
    below.textContent = some ? t("save_answers") : t("save_unasked");
    below.classList.toggle("btn-main", Boolean(some));
    keepDraft(draft);
  }

  const screen = h("div", { class: "stack", onclick: turn, oninput: turn },
    h("h1", {}, h("span", { class: "big number" }, place.number), " ", h("span", { class: "big" }, t(draft.outcome))),
    place.ask !== false && questions.length > 0 && button(t("all_well"), () => finish(true), "btn-main wide tall", { id: "well" }),
    place.ask !== false && [persons(draft, expected(place)), ...questions.map((question) => chips(question, draft))],
    place.code && codeField(draft), noteAndPhoto(app, draft),
    button(t("back"), () => { draft.outcome = ""; keepDraft(draft); app.go(draft.hash, { replace: true }); }, "wide quiet"),
    h("div", { class: "below sticks" }, below));
  turn();
  return screen;
}

const expected = (place) => Math.max(1, ...(place.items || []).map((item) => item.persons || 0), (place.people || []).length);

function chips(question, draft) {
  const name = `q-${question.code}`;
  const chosen = () => draft.chosen[question.code] || [];
  const buttons = Object.entries(question.answers).map(([code, title]) => {
    const serious = question.serious.includes(code);
    return button(said(title), () => {
      const had = chosen().includes(code);
      const others = question.many ? chosen().filter((one) => one !== code) : [];
      draft.chosen[question.code] = had ? others : [...others, code];
      show();
    }, serious ? "chip serious" : "chip", { "data-code": code });
  });
  function show() {
    buttons.forEach((one) => one.setAttribute("aria-pressed", String(chosen().includes(one.dataset.code))));
  }
  show();
  return h("div", { class: "question", role: "group", "aria-labelledby": name },
    h("h2", { id: name }, said(question.title)), question.many && h("p", { class: "small muted" }, t("several")),
    h("div", { class: "chips" }, buttons));
}

function persons(draft, start) {
  const output = h("output", { class: "big number", "aria-labelledby": "persons-label" });
  const show = () => { output.textContent = draft.persons === null ? "–" : draft.persons; };
  const step = (by) => () => {
    draft.persons = draft.persons === null ? start : Math.min(MOST_PERSONS, Math.max(0, draft.persons + by));
    show();
  };
  show();
  return h("div", { class: "question", role: "group", "aria-labelledby": "persons-label" },
    h("h2", { id: "persons-label" }, t("persons")),
    h("div", { class: "stepper" }, button("−", step(-1), "chip", { "aria-label": t("fewer") }), output,
      button("+", step(1), "chip", { "aria-label": t("more") })));
}

function codeField(draft) {
  const input = h("input", { id: "code", type: "text", autocomplete: "off", autocapitalize: "characters", maxlength: 12, value: draft.code,
    oninput: () => { draft.code = input.value; } });
  return h("div", { class: "question" }, h("label", { class: "label", for: "code" }, t("code")), input, h("p", { class: "small muted" }, t("code_help")));
}
