// What was done and has to reach the server: kept first, sent when there is a network, in order, each thing once.
// The phone makes the ids, so that sending twice counts once; only one tab sends at a time.

import { heard, now } from "./clock.js";
import { stand } from "./round.js";
import { change, put, read } from "./store.js";
import { askRound, sendActs, sendPhoto, WireError } from "./wire.js";

const BATCH = 50;
const channel = "BroadcastChannel" in self ? new BroadcastChannel("doorstep-phone") : null;
const listeners = [];

/** Call `listener` whenever what is kept has changed, here or in another tab. */
export function onChange(listener) {
  listeners.push(listener);
  if (channel) channel.onmessage = () => listeners.forEach((one) => one());
}

export function tellOthers() {
  if (channel) channel.postMessage("changed");
}

function changed() {
  tellOthers();
  return Promise.all(listeners.map((one) => one()));
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Keep an act under its id; a second tap, or a second tab, with the same id changes nothing. `beside` is kept in the same breath. */
export async function record(kind, body, { id = newId(), local = {}, photo = null, beside = {}, without = [] } = {}) {
  const moment = { at: new Date(now()).toISOString(), device_at: new Date().toISOString() };
  const act = await change(async ({ keep, acts, photos }) => {
    const known = await acts.get(id);
    if (known) return known;
    const seq = ((await keep.get("seq")) || 0) + 1;
    const made = { id, seq, kind, ...moment, body, local, state: "waiting", problem: null };
    acts.put(made);
    keep.put(seq, "seq");
    if (photo) photos.put(photo, id);
    Object.entries(beside).forEach(([name, value]) => keep.put(value, name));
    without.forEach((name) => keep.drop(name));
    return made;
  });
  tellOthers();
  return act;
}

let alone = Promise.resolve(); // where the browser has no locks, at least this page sends one at a time

function oneAtATime(work) {
  if (navigator.locks) return navigator.locks.request("doorstep-outbox", work);
  const turn = alone.then(work, work);
  alone = turn.catch(() => {});
  return turn;
}

/** Send what waits and hear what is new. Resolves to "sent", "offline", "pass", "busy", "bad" or "none"; never rejects for the network. */
export function flush() {
  return oneAtATime(async () => {
    try {
      const sent = await send();
      return sent ? "sent" : "none";
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      await put(error.why === "pass" ? "refused" : "trouble", { why: error.why, problem: error.problem });
      await changed();
      return error.why;
    }
  });
}

async function send() {
  let size = BATCH;
  for (;;) {
    const { pass, version, round, waiting } = await outline();
    if (!pass) return false;
    const batch = waiting.slice(0, size);
    if (!round && !version && !batch.length) {
      await take({ answers: [], round: await askRound(pass.token) }, pass.token);
    } else {
      try {
        await take(await sendActs(pass.token, batch, version), pass.token);
      } catch (error) {
        if (!(error instanceof WireError) || error.why !== "bad" || !batch.length) throw error;
        if (batch.length > 1) { size = 1; continue; }
        await setAside(batch[0].id, error.problem);
      }
    }
    const after = await outline();
    if (!after.waiting.length && (after.round || after.version || !batch.length)) break;
    // the server has not answered it, or only kept it for a moment: it is asked again
    if (batch.length && after.waiting.some((act) => act.id === batch[0].id)) throw new WireError("busy");
  }
  await sendPhotos();
  return true;
}

function outline() {
  return read(async ({ keep, acts }) => {
    const [pass, round, forgotten, made] = await Promise.all([
      keep.get("pass"), keep.get("round"), keep.get("forgotten"), acts.all(),
    ]);
    const waiting = made.filter((act) => act.state === "waiting").sort((one, other) => one.seq - other.seq);
    return { pass, round, version: round ? round.version : forgotten, waiting };
  });
}

/** Write down what the server answered. A round that is over and sent is not kept: its names and doors are forgotten. */
async function take(answer, token) {
  const received = Date.now();
  await change(async ({ keep, acts }) => {
    const pass = await keep.get("pass");
    if (!pass || pass.token !== token) return; // another pass was taken while this one was asking
    for (const { id, status, problem } of answer.answers) {
      const act = await acts.get(id);
      if (act && act.state === "waiting") acts.put({ ...act, state: status, problem: problem || null });
    }
    if (answer.round) {
      keep.put(heard(answer.round, received), "clock");
      keep.put({ ...pass, carrier: answer.round.carrier, expires_at: answer.round.expires_at }, "pass");
      keep.put(answer.round, "round");
      keep.drop("forgotten");
    } else if (answer.clock) {
      const before = await keep.get("clock");
      if (before) keep.put({ ...before, at: Date.parse(answer.clock.at), rate: answer.clock.rate, received }, "clock");
    }
    keep.put(received, "contact");
    keep.drop("refused");
    keep.drop("trouble");
    const round = answer.round || (await keep.get("round"));
    const made = await acts.all();
    if (round && isOver(round, made)) await forgetIn({ keep, acts }, round, made);
  });
  await changed();
}

function isOver(round, acts) {
  return round.rounds.length > 0 && !acts.some((act) => act.state === "waiting") && stand(round, acts).over;
}

/** Let go of a round: what is left holds no name and no door: kinds to bring back, the pass, what is not sent. */
async function forgetIn({ keep, acts }, round, made) {
  keep.drop("round");
  keep.drop("draft");
  keep.drop("later");
  keep.put(round.version, "forgotten");
  const last = await keep.get("last");
  if (last) keep.put({ id: last.id, outcome: last.outcome, back: [] }, "last");
  keep.put({ kinds: round.kinds, incident: round.incident, doors: round.rounds.flatMap((one) => one.stops).length }, "past");
  for (const act of made) if (act.state !== "waiting") acts.put(bare(act));
}

/** An act that is sent keeps of its answers nothing. */
function bare(act) {
  const { door, stop, outcome, visit } = act.body;
  return { ...act, body: { door, stop, outcome, visit } };
}

function setAside(id, problem) {
  return change(async ({ acts }) => {
    const act = await acts.get(id);
    if (act) acts.put({ ...act, state: "aside", problem: problem || null });
  });
}

async function sendPhotos() {
  const { pass, names, acts } = await read(async ({ keep, acts, photos }) => ({
    pass: await keep.get("pass"), names: await photos.keys(), acts: await acts.all(),
  }));
  const waiting = new Set(acts.filter((act) => act.state === "waiting").map((act) => act.id));
  for (const visit of names) {
    if (waiting.has(visit)) continue;
    const blob = await read(({ photos }) => photos.get(visit));
    if (!blob) continue;
    try {
      await sendPhoto(pass.token, visit, blob);
    } catch (error) {
      if (error.why !== "bad") throw error;
      await put("photo_problem", error.problem || { message: "" });
    }
    await change(({ photos }) => photos.drop(visit));
    await changed();
  }
}

/** Forget the round when its time is over; what is not sent stays, it holds no names. */
export async function forgetWhenOver() {
  const gone = await change(async ({ keep, acts }) => {
    const [pass, round] = await Promise.all([keep.get("pass"), keep.get("round")]);
    if (!round || !pass || !pass.expires_at || now() < Date.parse(pass.expires_at)) return false;
    await forgetIn({ keep, acts }, round, await acts.all());
    return true;
  });
  if (gone) await changed();
  return gone;
}

/** Forget everything there is, sent or not. The caller has asked. */
export async function forgetEverything() {
  await change(async ({ keep, acts, photos }) => {
    const [language, theme] = [await keep.get("language"), await keep.get("theme")];
    await Promise.all([keep.clear(), acts.clear(), photos.clear()]);
    if (language) keep.put(language, "language");
    if (theme) keep.put(theme, "theme");
  });
  await changed();
}

/** A code was opened. Another one than before is asked about while something waits to be sent. */
export async function offerPass(token) {
  const { pass, waits } = await read(async ({ keep, acts, photos }) => ({
    pass: await keep.get("pass"),
    waits: (await acts.all()).some((act) => act.state === "waiting") || (await photos.keys()).length > 0,
  }));
  if (pass && pass.token === token) return;
  if (!waits) { await takePass(token); return; }
  await put("offered", token);
  await changed();
}

/** Take another pass. The round of the one before is forgotten; what is not sent goes with the new one. */
export async function takePass(token) {
  await change(async ({ keep, acts }) => {
    for (const name of ["round", "forgotten", "draft", "last", "past", "refused", "trouble", "offered", "loaded", "later", "contact"]) keep.drop(name);
    for (const act of await acts.all()) if (act.state !== "waiting") acts.drop(act.id);
    keep.put({ token }, "pass");
  });
  await changed();
}

/** The carrier has seen why something was set aside; the coordinator settles it. */
export async function seen(id) {
  await change(async ({ acts }) => {
    const act = await acts.get(id);
    if (act) acts.put({ ...act, seen: true });
  });
  await changed();
}
