// This phone: what is not sent, what needs a look, what is kept and until when; language, light, forgetting.

import { time } from "../clock.js";
import { button, h } from "../dom.js";
import { forgetEverything, seen } from "../outbox.js";
import { put } from "../store.js";
import { speak, spoken, t } from "../words.js";

export function phone(app) {
  return h("div", { class: "stack" }, h("h1", { class: "big" }, t("this_phone")),
    problemOf(app), outbox(app), attention(app), keptHere(app), languages(app), themes(app), installing(app), forgetting(app));
}

/** What the server or the network says, with what to do. */
export function problemOf(app) {
  const { refused, trouble } = app.kept;
  if (refused) {
    const { message, mend } = refused.problem || {};
    return h("p", { class: "notice is-broken", role: "alert" }, [message, mend].filter(Boolean).join(" ") || t("pass_over"), " ", t("pass_over_kept"));
  }
  if (!trouble || app.sending) return null;
  if (trouble.why === "offline") return h("p", { class: "notice" }, t("offline"));
  return h("p", { class: "notice is-risk" }, (trouble.problem && trouble.problem.message) || t("server_busy"));
}

function outbox(app) {
  const unsent = app.notSent();
  const oldest = app.kept.acts.find((act) => act.state === "waiting");
  return h("section", { class: "card" }, h("h2", {}, t("outbox")),
    h("p", { class: "big number" }, unsent ? t("not_sent", { n: unsent }) : t("all_sent")),
    oldest && h("p", { class: "muted number" }, t("oldest", { time: time(oldest.at) })),
    button(app.sending ? t("sending") : unsent ? t("send_now") : t("fetch_again"), () => app.send(), "btn-main wide", { id: "send", disabled: app.sending }));
}

function attention(app) {
  const acts = app.needLook();
  const { photo_problem: photo } = app.kept;
  if (!acts.length && !photo) return null;
  const stops = app.standing ? app.standing.stops : [];
  return h("section", { class: "card" }, h("h2", {}, t("needs_look")), h("p", { class: "small" }, t("needs_look_text")),
    photo && h("p", { class: "notice is-broken" }, `${t("photo_refused")} ${photo.message || ""}`),
    acts.map((act) => {
      const stop = stops.find((one) => one.door === act.body.door);
      return h("div", { class: "notice is-broken" },
        h("p", {}, h("strong", { class: "number" }, [stop && stop.number, act.kind === "undo" ? t("taken_back") : t(act.body.outcome), time(act.at)].filter(Boolean).join(" · "))),
        h("p", {}, act.problem && act.problem.message ? [act.problem.message, " ", act.problem.mend] : act.state === "aside" ? t("aside") : t("conflict")),
        button(t("seen"), () => seen(act.id), "wide"));
    }));
}

function keptHere(app) {
  const { kept, standing } = app;
  const doors = standing ? standing.stops.length : 0;
  const facts = [
    kept.round && kept.round.incident.name,
    kept.pass && kept.pass.carrier && t("kept_pass", { name: kept.pass.carrier, time: kept.pass.expires_at ? time(kept.pass.expires_at) : "–" }),
    doors > 0 ? t("kept_doors", { n: doors }) : t("kept_no_doors"),
    t("kept_acts", { n: kept.acts.filter((act) => act.state === "waiting").length, photos: kept.photos.length }),
  ];
  return h("section", { class: "card" }, h("h2", {}, t("kept_here")), h("ul", { class: "dots" }, facts.filter(Boolean).map((fact) => h("li", {}, fact))),
    h("p", { class: "small muted" }, t("kept_rule")));
}

export function languages(app) {
  const choose = (code) => async () => { speak(code); app.kept.language = code; await put("language", code); app.draw(); };
  return h("div", { class: "pair", role: "group", "aria-label": t("language") },
    button("中文", choose("zh"), "", { id: "zh", lang: "zh-Hans", "aria-pressed": String(spoken() === "zh") }),
    button("English", choose("en"), "", { id: "en", lang: "en", "aria-pressed": String(spoken() === "en") }));
}

function themes(app) {
  const choose = (theme) => async () => {
    document.documentElement.dataset.theme = theme;
    app.kept.theme = theme;
    await put("theme", theme);
    app.draw();
  };
  const on = (theme) => String((app.kept.theme || "auto") === theme);
  return h("div", { class: "pair", role: "group", "aria-label": t("light") },
    ["auto", "light", "dark"].map((theme) => button(t(`theme_${theme}`), choose(theme), "", { "aria-pressed": on(theme) })));
}

function installing(app) {
  if (!app.installer) return null;
  return button(t("install"), async () => { app.installer.prompt(); app.installer = null; app.draw(); }, "wide");
}

let asked = 0;

/** One tap more than usual; while something is not sent, two, and it is said what would be lost. */
function forgetting(app) {
  const unsent = app.notSent();
  const said = h("p", { class: "error", role: "alert" });
  const texts = unsent ? [t("forget_unsent", { n: unsent }), t("forget_lost", { n: unsent })] : [t("forget_sure")];
  async function forget() {
    if (asked < texts.length) { said.textContent = texts[asked]; asked += 1; return; }
    asked = 0;
    app.draft = null;
    await forgetEverything();
    app.go("");
    app.say(t("forgotten"));
  }
  asked = 0;
  return h("section", { class: "card" }, said, button(t("forget"), forget, "btn-bad wide", { id: "forget" }));
}
