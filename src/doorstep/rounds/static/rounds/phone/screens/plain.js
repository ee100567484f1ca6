// The screens with little on them: no code yet, another code, nothing heard yet, the round is over.

import { time } from "../clock.js";
import { button, h } from "../dom.js";
import { offerPass, takePass } from "../outbox.js";
import { backOf } from "../round.js";
import { drop } from "../store.js";
import { said, t } from "../words.js";
import { languages, problemOf } from "./phone.js";
import { undoBar } from "./parts.js";

/** No pass on this phone: what to do. */
export function welcome(app) {
  const input = h("input", { id: "link", type: "url", inputmode: "url", autocomplete: "off" });
  async function open() {
    const token = (input.value.split("#t=")[1] || "").trim();
    if (!token) { problem.textContent = t("link_bad"); return; }
    await offerPass(decodeURIComponent(token));
    await app.send();
  }
  const problem = h("p", { class: "error", role: "alert" });
  return h("div", { class: "stack" },
    h("h1", { class: "big" }, t("welcome")), h("p", {}, t("welcome_text")),
    !self.isSecureContext && h("p", { class: "notice is-risk" }, t("insecure")),
    app.notSent() > 0 && h("p", { class: "notice" }, t("kept_unsent", { n: app.notSent() })),
    h("ol", { class: "steps" }, h("li", {}, t("welcome_scan")), h("li", {}, t("welcome_sign_in"))),
    h("a", { class: "btn btn-main wide tall", href: "../work/" }, t("sign_in")),
    h("details", { class: "more" }, h("summary", {}, t("have_link")), h("label", { class: "label", for: "link" }, t("link_label")), input, problem,
      button(t("open_link"), open, "wide")),
    languages(app));
}

/** Another code was opened while something waits to be sent. */
export function otherPass(app) {
  const answer = (work) => async () => { await work(); await drop("offered"); await app.send(); };
  return h("div", { class: "stack" },
    h("h1", { class: "big" }, t("other_code")),
    h("p", {}, t("other_code_text", { n: app.notSent(), name: (app.kept.pass && app.kept.pass.carrier) || "–" })),
    button(t("other_code_take"), answer(() => takePass(app.kept.offered)), "btn-main wide tall"),
    button(t("other_code_keep"), answer(() => {}), "wide tall"));
}

/** A pass, but no round heard yet. */
export function waiting(app) {
  return h("div", { class: "stack" },
    h("h1", { class: "big" }, app.sending ? t("fetching") : t("not_fetched")),
    problemOf(app) || (!app.sending && h("p", {}, t("not_fetched_text"))),
    button(t("fetch_again"), () => app.send(), "btn-main wide tall"),
    languages(app));
}

/** Every door is done, or there is none. */
export function over(app) {
  const { standing, kept } = app;
  const { kinds } = kept.round || kept.past || { kinds: {} };
  const back = Object.entries(backOf(kept.acts));
  const none = standing && standing.total === 0;
  const later = standing ? standing.againLater : [];
  const unsent = app.notSent();
  return h("div", { class: "stack" }, undoBar(app),
    h("h1", { class: "big" }, none ? t("no_round") : later.length ? t("over_but") : t("over")),
    h("p", {}, none ? t("no_round_text") : t("thanks")),
    back.length > 0 && h("section", { class: "card" }, h("h2", {}, t("bring_back")), h("ul", { class: "plain-list" }, back.map(([kind, count]) =>
      h("li", { class: "line-item" }, h("span", {}, said(kinds[kind] && kinds[kind].title) || kind), h("strong", { class: "number" }, `× ${count}`))))),
    !none && !back.length && h("p", { class: "notice" }, t("nothing_back")),
    later.length > 0 && h("section", { class: "card" }, h("h2", {}, t("knock_again_later")), later.map((task) =>
      button([task.number, task.due_at && ` · ${t("before", { time: time(task.due_at) })}`], () => app.go(`again/${task.task}`), "wide"))),
    unsent > 0
      ? [h("p", { class: "notice is-risk" }, t("over_unsent", { n: unsent })), button(t("send_now"), () => app.send(), "btn-main wide tall")]
      : !none && h("p", { class: "notice is-kept" }, `● ${kept.forgotten ? t("forgotten") : t("over_sent")}`),
    !standing && button(t("fetch_again"), () => app.send(), "wide"));
}
