// The page of a gate: type or scan a permit, see the answer, write the crossing down; all of it without a network, too.

import { h } from "./dom.js";
import { canScan, scan } from "./scan.js";
import * as store from "./store.js";
import { judge, readSquare } from "./verdict.js";
import { WireError, askList, sendActs } from "./wire.js";

const EVERY_MS = 30000;
const top = document.getElementById("top");
const screen = document.getElementById("screen");
const status = document.getElementById("status");
const here = { words: { zh: {}, en: {} }, language: "zh", list: null, acts: [], gate: null, verdict: null, last: null, note: "", signedOut: false, stop: null };

const t = (key, facts = {}) => {
  const text = here.words[here.language][key] || here.words.en[key] || key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? facts[name] : whole));
};
const said = (text) => (text ? text[here.language] || text.zh || "" : "");

/** Now, in the incident's time (ms), from the last word of the server. */
function now() {
  if (!here.list) return Date.now();
  return Date.parse(here.list.clock.at) + Math.max(0, Date.now() - here.list.received) * here.list.clock.rate;
}

function clock(instant) {
  const local = new Date(instant + here.list.utc_offset_minutes * 60000).toISOString();
  const today = new Date(now() + here.list.utc_offset_minutes * 60000).toISOString();
  return local.slice(0, 10) === today.slice(0, 10) ? local.slice(11, 16) : `${local.slice(5, 10)} ${local.slice(11, 16)}`;
}

const listTime = () => clock(Date.parse(here.list.clock.at));
const isOld = () => Date.now() - here.list.received > here.list.fresh_minutes * 60000;

function tell(text) {
  here.note = text;
  status.textContent = text;
}

async function keepList(list) {
  here.list = { ...list, received: Date.now() };
  here.signedOut = false;
  if (!here.list.gates.some((gate) => gate.id === here.gate)) here.gate = here.list.gates.length ? here.list.gates[0].id : null;
  await store.put("list", here.list);
}

/** Send what waits and take the list anew. What the server has is forgotten only after it said so. */
async function contact() {
  const work = async () => {
    here.acts = await store.acts();
    try {
      if (here.acts.length) {
        const answer = await sendActs(here.acts);
        await store.dropActs(answer.done);
        here.acts = await store.acts();
        if (answer.done.includes(here.last)) here.last = null;
        await keepList(answer.list);
      } else await keepList(await askList());
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      here.signedOut = error.why === "signed_out";
    }
    draw();
  };
  await alone(work);
}

const alone = (work) => (navigator.locks ? navigator.locks.request("doorstep-gate", work) : work());

async function act(way, facts) {
  const one = { id: crypto.randomUUID(), way, at: new Date(now()).toISOString(), gate: here.gate, ...facts };
  await store.addAct(one);
  here.acts.push(one);
  here.last = one.id;
  here.verdict = null;
  tell(way === "life" ? t("life_said") : t("written", { label: facts.label, way: t(way), time: clock(now()) }));
  draw();
  contact();
}

/** Take back what is not sent yet. What is sent is taken back on the gate's page. */
async function undo() {
  await alone(async () => {
    if (!here.last) return;
    await store.dropActs([here.last]);
    here.acts = await store.acts();
    here.last = null;
    tell(t("undone"));
  });
  draw();
}

async function check(text) {
  if (!text.trim() || !here.list) return;
  const square = await readSquare(text, here.list.key);
  here.verdict = { ...judge(text, square, here.list, here.acts, here.list.gates.find((gate) => gate.id === here.gate), now()), said: text };
  tell("");
  status.textContent = `${t(here.verdict.title)}. ${t(here.verdict.why, { time: listTime() })}`;
  draw();
}

function answer() {
  const { look, title, why, note, entry, way } = here.verdict;
  return h("section", { class: `verdict is-${look}`, id: "verdict" },
    h("h2", {}, t(title)), h("p", { class: "big" }, t(why, { time: listTime() })),
    entry && h("p", { class: "strong" }, entry.label),
    entry && h("p", {}, `${said(here.list.kinds[entry.kind])} · ${entry.number} · ${t("until", { time: clock(entry.until * 60000) })}`),
    note && h("p", {}, t(note, { time: listTime() })),
    way && h("button", { type: "button", class: "btn btn-main", id: "pass", onclick: () => act(way, { said: here.verdict.said, number: entry.number, label: entry.label }) }, t(way === "out" ? "goes_out" : "comes_in")),
    h("button", { type: "button", class: "btn", onclick: () => { here.verdict = null; draw(); } }, t("again")));
}

function asking() {
  const field = h("input", { id: "n", class: "big", inputmode: "numeric", autocomplete: "off", maxlength: "600" });
  const view = h("video", { hidden: true, playsinline: true, muted: true });
  const camera = canScan() && h("button", { type: "button", class: "btn", onclick: () => startScan(view) }, t("scan"));
  return h("form", { class: "card", onsubmit: (event) => { event.preventDefault(); check(field.value); } },
    h("label", { for: "n" }, t("number")), field, h("button", { class: "btn btn-main" }, t("check")), camera, view);
}

async function startScan(view) {
  view.hidden = false;
  try {
    here.stop = await scan(view, (text) => { here.stop = null; check(text); });
  } catch {
    view.hidden = true;
    tell(t("no_camera"));
    draw();
  }
}

function draw() {
  if (here.stop) here.stop();
  here.stop = null;
  const typed = document.activeElement && document.activeElement.id === "n" ? document.activeElement.value : "";
  document.documentElement.lang = here.language === "en" ? "en" : "zh-Hans";
  document.title = t("title");
  top.replaceChildren(...header());
  screen.replaceChildren(...body());
  const field = document.getElementById("n");
  if (field) { field.value = typed; field.focus({ preventScroll: true }); }
}

function header() {
  const other = here.language === "en" ? "zh" : "en";
  const speak = () => { here.language = other; store.put("language", other); draw(); };
  return [
    h("h1", {}, t("title"), here.list && here.list.incident.exercise && h("span", { class: "drill" }, t("exercise"))),
    h("p", { class: "row" }, here.acts.length ? h("span", { class: "badge is-risk", id: "waits" }, t("waits", { n: here.acts.length })) : h("span", { class: "badge is-kept", id: "waits" }, t("all_sent")),
      here.list && h("span", { class: "muted" }, t("list_of", { time: listTime(), n: here.list.permits.length })),
      h("a", { class: "btn btn-quiet", href: "../" }, t("full_page")),
      h("button", { type: "button", class: "btn btn-quiet", lang: other === "en" ? "en" : "zh-Hans", onclick: speak }, other === "en" ? "English" : "中文")),
  ];
}

function gates() {
  const choose = (event) => { here.gate = Number(event.target.value); store.put("gate", here.gate); };
  const options = here.list.gates.map((gate) => h("option", { value: gate.id, selected: gate.id === here.gate }, gate.name));
  return h("p", {}, h("label", { for: "gate" }, t("at")), h("select", { id: "gate", onchange: choose }, options));
}

function body() {
  const signIn = h("a", { class: "btn", href: `../../login/?next=${encodeURIComponent(location.pathname)}` }, t("sign_in"));
  if (!here.list) return [h("p", { class: "notice" }, t("no_list")), signIn];
  return [
    here.note && h("p", { class: "notice", id: "note" }, here.note, here.last && h("button", { type: "button", class: "btn btn-quiet", id: "undo", onclick: undo }, t("undo"))),
    here.signedOut && h("p", { class: "notice" }, signIn),
    isOld() && h("p", { class: "notice notice-risk" }, t("old_list", { time: listTime() })),
    here.list.gates.length > 1 && gates(),
    here.verdict ? answer() : asking(),
    h("section", { class: "card" }, h("p", {}, t("life_why")), h("button", { type: "button", class: "btn btn-bad", id: "life", onclick: () => act("life", { said: "", number: "", label: "" }) }, t("life"))),
  ].filter(Boolean);
}

async function begin() {
  const [list, acts, gate, language] = await Promise.all([store.get("list"), store.acts(), store.get("gate"), store.get("language")]);
  Object.assign(here, { list: list || null, acts, gate: gate || null, language: language || (navigator.language.startsWith("en") ? "en" : "zh") });
  here.words = await (await fetch("words.json")).json();
  if (here.list && !here.list.gates.some((one) => one.id === here.gate)) here.gate = here.list.gates.length ? here.list.gates[0].id : null;
  draw();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js", { scope: "./" });
  await contact();
  setInterval(contact, EVERY_MS);
  window.addEventListener("online", contact);
}

begin();
