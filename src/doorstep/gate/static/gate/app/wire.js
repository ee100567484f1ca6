// Asking the server: the list, and the crossings that wait. A WireError says why: "offline", "signed_out" or "busy".

const ROOT = new URL("./", location.href).pathname;
const PATIENCE_MS = 10000;

export class WireError extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

async function ask(path, options) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(ROOT + path, { ...options, signal: stop.signal, cache: "no-store", redirect: "manual", credentials: "same-origin" });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new WireError("signed_out");
    if (!answer.ok) throw new WireError("busy");
    return await answer.json();
  } catch (error) {
    throw error instanceof WireError ? error : new WireError("offline");
  } finally {
    clearTimeout(timer);
  }
}

export const askList = () => ask("list.json");

/** The token of this session is asked for first: a device that comes back after a day has an old one. */
export async function sendActs(acts) {
  const { csrf } = await askList();
  return ask("sync", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify({ acts: acts.map(({ id, way, at, gate, said }) => ({ id, way, at, gate, said })) }),
  });
}
