// The carrier's app: opens what the phone keeps, draws the screen that the address names, sends in the background.

import { now, setClock, time } from "./clock.js";
import { button, h } from "./dom.js";
import { flush, forgetWhenOver, offerPass, onChange } from "./outbox.js";
import { stand } from "./round.js";
import { ask } from "./screens/ask.js";
import { door } from "./screens/door.js";
import { list } from "./screens/list.js";
import { load, tripToLoad } from "./screens/load.js";
import { over, waiting, welcome, otherPass } from "./screens/plain.js";
import { phone } from "./screens/phone.js";
import { everything } from "./store.js";
import { onceEach, screenOpened } from "./taps.js";
import { setWords, speak, spoken, t } from "./words.js";

const SEND_EVERY_MS = 20000;
const TAP_MS = 80; // from the lifted finger to its click, at most
const FIRST_PAUSE_MS = 2000; // then twice as long each time, while the server is busy or the network only seems to be there
const ASK_EVERY_MS = 60000;
const MOST_OF_SCREEN = 0.36;
const SCREENS = { list, phone, ask, door, again: door };

const top = document.getElementById("top");
const screen = document.getElementById("screen");
const status = document.getElementById("status");

let retry = 0;
let pause = FIRST_PAUSE_MS;

/** What every screen sees: what is kept, how it stands, and how to go on. */
export const app = {
  kept: { acts: [], photos: [] },
  standing: null,
  figures: {},
  draft: null,
  sending: false,
  installer: null,

  async reload() {
    const kept = await everything();
    if (app.draft) kept.draft = app.draft; // what is being made on this page may not be on the disk yet
    app.kept = kept;
    app.reckon();
  },

  /** Work out anew how the round stands. */
  reckon() {
    const { round, clock, acts, last, later } = app.kept;
    setClock(clock);
    const facts = { now: now(), soonMinutes: app.figures.soon_minutes, last, later };
    app.standing = round ? stand(round, acts, facts) : null;
  },

  go(hash = "", { replace = false } = {}) {
    const address = location.pathname + (hash ? `#${hash}` : "");
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    pressed = false;
    app.draw({ focus: true });
  },

  say(text) {
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = text; });
  },

  /** What went wrong, above the screen that it happened on. */
  fail(text) {
    screen.prepend(h("p", { class: "notice is-broken", role: "alert" }, text));
    scrollTo(0, 0);
  },

  draw({ focus = false } = {}) {
    drawTop();
    const content = chosen();
    if (!focus && screen.firstElementChild && screen.firstElementChild.isEqualNode(content)) return; // a finger may be on it
    const heading = focus && content.querySelector("h1");
    if (heading) heading.tabIndex = -1;
    screen.replaceChildren(content);
    if (focus) screenOpened();
    // from here on only what reads the layout: it is reckoned once
    if (heading) heading.focus({ preventScroll: true });
    if (focus && scrollY) scrollTo(0, 0);
    stick();
  },

  /** Send once the next door is on the screen. */
  sendSoon() {
    requestAnimationFrame(() => setTimeout(app.send, 0));
  },

  /** Send now; what comes of it is drawn when it comes. */
  async send() {
    if (app.sending) return;
    app.sending = true;
    drawTop();
    let came = "";
    try {
      came = await flush();
    } finally {
      app.sending = false;
      await refresh();
    }
    clearTimeout(retry);
    if (came === "sent" || !app.notSent()) { pause = FIRST_PAUSE_MS; return; }
    if (!["busy", "offline"].includes(came) || !navigator.onLine) return;
    retry = setTimeout(app.send, pause);
    pause = Math.min(2 * pause, SEND_EVERY_MS);
  },

  notSent() {
    return app.kept.acts.filter((act) => act.state === "waiting").length + app.kept.photos.length;
  },

  needLook() {
    return app.kept.acts.filter((act) => ["aside", "conflict"].includes(act.state) && !act.seen);
  },
};

function place() {
  const [name, key] = location.hash.slice(1).split("/");
  return { name, key: Number(key) };
}

/** The screen for the address; at the start of the app the most needful one. */
function chosen() {
  const { kept, standing } = app;
  const { name, key } = place();
  if (kept.offered) return otherPass(app);
  if (name === "phone") return phone(app);
  if (!kept.pass) return welcome(app);
  if (!standing) return kept.forgotten ? over(app) : waiting(app);
  if (SCREENS[name]) return SCREENS[name](app, key, name) || home();
  return home();
}

function home() {
  const { standing } = app;
  const trip = tripToLoad(app);
  if (standing.againNow.length && !trip) return door(app, standing.againNow[0].task, "again");
  if (trip) return load(app, trip);
  if (standing.next) return door(app, standing.next.id, "door");
  return over(app);
}

function drawTop() {
  if (pressed) { waitingToDraw = true; return; }
  const { kept, standing } = app;
  if (!kept.pass) { top.replaceChildren(); return; }
  const { name } = place();
  const unsent = app.notSent();
  const look = app.needLook().length;
  const sent = kept.contact ? t("last_sent", { time: sentAt() }) : t("never_sent");
  const left = name === "list" || name === "phone"
    ? button(`‹ ${t("to_next")}`, () => app.go(""), "tab")
    : standing && button([
      h("span", { class: "strong number" }, `${standing.done} / ${standing.total}`),
      h("progress", { max: standing.total || 1, value: standing.done, "aria-hidden": "true" }),
      h("span", { class: "visually-hidden" }, t("all_doors_done", { done: standing.done, total: standing.total })),
    ], () => app.go("list"), "tab");
  const state = kept.refused || kept.trouble && kept.trouble.why === "bad" ? "is-broken" : unsent ? "is-risk" : "is-kept";
  const right = button([
    h("span", { class: "strong number" }, app.sending ? t("sending") : unsent ? t("not_sent", { n: unsent }) : t("all_sent")),
    h("span", { class: "small number" }, look ? t("look_n", { n: look }) : sent),
  ], () => { if (name !== "phone") app.go("phone"); app.send(); }, `tab ${look ? "is-broken" : state}`, { id: "outbox" });
  const round = kept.round;
  top.replaceChildren(h("nav", { class: "tabs", "aria-label": t("pages") }, left, right));
  if (!round) return;
  top.append(h("p", { class: "where small number" },
    round.incident.exercise && h("strong", { class: "drill" }, t("exercise")), " ", time(now()), " · ", round.incident.name));
}

function sentAt() {
  const { contact, clock } = app.kept;
  return clock ? time(clock.at + (contact - clock.received) * clock.rate) : "–";
}

/** What is tapped most stays in reach of the thumb, where it leaves room enough for the rest. */
function stick() {
  const below = screen.querySelector(".below");
  if (below) below.classList.toggle("sticks", below.offsetHeight < innerHeight * MOST_OF_SCREEN);
}

/** Typing is never drawn over: while a word is being written only the top is drawn. */
function busyTyping() {
  const at = document.activeElement;
  return !!at && screen.contains(at) && ["INPUT", "TEXTAREA"].includes(at.tagName) && at.type !== "checkbox" && at.type !== "radio";
}

let drawn = "";

let pressed = false;
let waitingToDraw = false;

/** Nothing is drawn anew under a finger: its tap would be lost. */
function heedFingers() {
  const up = () => setTimeout(() => {
    pressed = false;
    if (waitingToDraw) { waitingToDraw = false; refresh(); }
  }, TAP_MS);
  addEventListener("pointerdown", () => { pressed = true; }, true);
  addEventListener("pointerup", up, true);
  addEventListener("pointercancel", up, true);
}

async function refresh() {
  await app.reload();
  const { round, acts, pass, offered, refused, trouble, photos, forgotten, loaded, later, last } = app.kept;
  const facts = JSON.stringify([
    round && round.version, acts.map((act) => [act.id, act.state, act.seen]), pass, offered, refused, trouble, photos, forgotten, loaded, later, last, spoken(),
    (!app.standing || place().name === "phone") && app.sending,
  ]);
  if (pressed) { waitingToDraw = true; return; }
  if (facts === drawn || busyTyping()) { drawTop(); return; }
  drawn = facts;
  const at = document.activeElement && document.activeElement.id;
  app.draw();
  if (at && document.getElementById(at)) document.getElementById(at).focus({ preventScroll: true });
}

/** A code in the address is kept and leaves the address at once. Another one than before is asked about while something waits. */
async function takeCode() {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  if (token) history.replaceState(null, "", location.pathname);
  if (token) await offerPass(token);
}

function listen() {
  heedFingers();
  onChange(refresh);
  addEventListener("click", onceEach, true);
  addEventListener("popstate", () => app.draw({ focus: true }));
  addEventListener("hashchange", () => takeCode().then(refresh).then(() => app.send()));
  addEventListener("online", () => app.send());
  addEventListener("offline", drawTop);
  addEventListener("resize", stick);
  addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); app.installer = event; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") app.send(); });
  setInterval(() => { if (app.notSent() && navigator.onLine) app.send(); }, SEND_EVERY_MS);
  setInterval(async () => {
    await forgetWhenOver();
    if (app.kept.pass && navigator.onLine && document.visibilityState === "visible") app.send();
    else await refresh();
  }, ASK_EVERY_MS);
}

/** A new version takes over by itself; the page opens anew in it as soon as nothing is half written. */
function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  let had = !!navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!had) { had = true; return; }
    const turn = () => { if (busyTyping()) setTimeout(turn, 2000); else location.reload(); };
    turn();
  });
  navigator.serviceWorker.register("sw.js").then((registration) => {
    addEventListener("online", () => registration.update().catch(() => {}));
    setInterval(() => registration.update().catch(() => {}), 60 * ASK_EVERY_MS);
  }).catch(() => {});
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
}

async function start() {
  const [all] = await Promise.all([fetch("words.json").then((answer) => answer.json()), app.reload()]);
  setWords(all);
  app.figures = all.figures;
  speak(app.kept.language || (navigator.language.startsWith("zh") ? "zh" : "en"));
  if (app.kept.theme) document.documentElement.dataset.theme = app.kept.theme;
  await takeCode();
  await forgetWhenOver();
  await refresh();
  listen();
  keepShell();
  document.documentElement.dataset.ready = "1";
  await app.send();
}

start().catch((error) => {
  screen.replaceChildren(h("div", { class: "opening" },
    h("h1", {}, "Doorstep 到户"),
    h("p", { lang: "zh-Hans" }, "这里打不开，可能是无痕窗口。请换普通窗口，或使用纸质名单。"),
    h("p", { lang: "en" }, "The app cannot open here, perhaps because the window is private. Please use a normal window, or the paper list."),
    h("p", { class: "small muted" }, String(error && error.message))));
});

