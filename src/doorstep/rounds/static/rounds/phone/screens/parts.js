// Pieces that several screens share: the undo bar, a note with a photo, what a knock came to.

import { button, h } from "../dom.js";
import { keepDraft, takeBack, titlesOf } from "../knock.js";
import { shrink } from "../photo.js";
import { t } from "../words.js";

const GLYPHS = { opened: "●", through_door: "●", no_answer: "✕", refused: "✕", moved: "–" };
const LOOKS = { opened: "is-kept", through_door: "is-kept", no_answer: "is-broken", refused: "is-broken", moved: "is-quiet" };

/** An outcome with its shape and colour. */
export function outcomeBadge(visit) {
  const { outcome } = visit;
  return h("span", { class: `badge ${LOOKS[outcome] || ""}` }, `${GLYPHS[outcome] || "●"} ${t(outcome)}`);
}

/** The last knock, to be taken back with one large tap; after a knock that was not answered it says what goes back. */
export function undoBar(app) {
  const { last, round, past, acts } = app.kept;
  if (!last || acts.some((act) => act.kind === "undo" && act.body.visit === last.id)) return null;
  const { kinds } = round || past || { kinds: {} };
  return h("section", { class: "undo", "aria-label": t("last_knock") },
    h("p", {}, h("strong", {}, `${last.number || t("last_knock")} · ${t(last.outcome)}`),
      last.back.length > 0 && h("span", { class: "take-back" }, t("take_it_back", { what: titlesOf(kinds, last.back) }))),
    button(t("undo"), () => takeBack(app, last.id, last.hash), "btn-undo"));
}

/** A word and a picture for this knock; the picture is looked at before it is kept. */
export function noteAndPhoto(app, draft) {
  const note = h("textarea", { id: "note", rows: 2, maxlength: 1000, oninput: () => { draft.note = note.value; keepDraft(draft); } });
  note.value = draft.note;
  const wanted = app.kept.round.photo;
  return h("details", { class: "more", open: Boolean(draft.note || draft.photo) },
    h("summary", {}, wanted ? t("note_or_photo") : t("note")),
    h("label", { class: "label", for: "note" }, t("note_label")), note,
    wanted && photoField(draft), emergency(app));
}

function emergency(app) {
  const phone = app.kept.round.incident.emergency_phone;
  return phone && h("a", { class: "btn wide", href: `tel:${phone}` }, `☎ ${t("emergency", { phone })}`);
}

function photoField(draft) {
  const box = h("div", { class: "photo" });
  const said = h("p", { class: "small", role: "status" });
  const input = h("input", { type: "file", id: "photo", accept: "image/*", capture: "environment", class: "visually-hidden", onchange: choose });

  async function choose() {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    try {
      show(await shrink(file), false);
    } catch {
      said.textContent = t("photo_bad");
    }
  }

  function keep(blob) {
    draft.photo = blob;
    keepDraft(draft);
    show(blob, true);
    said.textContent = blob ? t("photo_kept") : "";
  }

  function show(blob, kept) {
    const buttons = kept
      ? [button(t("photo_drop"), () => keep(null))]
      : [button(t("photo_keep"), () => keep(blob), "btn-main"), button(t("photo_drop"), () => keep(null))];
    const picture = blob && h("img", { src: URL.createObjectURL(blob), alt: t("photo_alt") });
    box.replaceChildren(...(blob ? [picture, h("div", { class: "row" }, buttons)] : []));
  }

  if (draft.photo) show(draft.photo, true);
  return h("div", {}, input, h("label", { class: "btn", for: "photo" }, t("photo_take")),
    h("p", { class: "small muted" }, t("photo_rule")), box, said);
}
