// Asking the server. A WireError says why nothing came: "offline", "pass" (401), "busy" (it will get better), "bad" (it will not).

import { spoken } from "./words.js";

const ROOT = new URL("./", location.href).pathname;
const PATIENCE_MS = { "round.json": 8000, sync: 15000, photo: 60000 };

export class WireError extends Error {
  constructor(why, problem) {
    super((problem && problem.message) || why);
    this.why = why;
    this.problem = problem || null;
  }
}

function whyOf(status) {
  if (status === 401) return "pass";
  if (status === 404 || status === 409 || status === 429 || status === 408 || status >= 500) return "busy";
  return "bad";
}

async function ask(path, token, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS[path.split("/")[0]]);
  try {
    const answer = await fetch(ROOT + path, {
      ...options,
      signal: stop.signal,
      cache: "no-store",
      credentials: "omit",
      headers: {
        Authorization: `Pass ${token}`,
        "Accept-Language": spoken() === "en" ? "en" : "zh-hans",
        ...(options && options.headers),
      },
    });
    const body = await answer.json().catch(() => null);
    if (!answer.ok) throw new WireError(whyOf(answer.status), body && body.problem);
    if (!body) throw new WireError("busy");
    return body;
  } catch (error) {
    throw error instanceof WireError ? error : new WireError("offline");
  } finally {
    clearTimeout(timer);
  }
}

export const askRound = (token) => ask("round.json", token);

export function sendActs(token, acts, version) {
  const said = acts.map(({ id, seq, kind, at, device_at, body }) => ({ id, seq, kind, at, device_at, body }));
  return ask("sync", token, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ acts: said, version: version || "" }),
  });
}

export const sendPhoto = (token, visit, blob) =>
  ask(`photo/${visit}`, token, { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: blob });
