// Whether a permit lets its bearer pass, from what the device knows: pure, but for the signature, which the browser checks.

const HEAD = "DSG1";
const MINUTE = 60000;

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

/** What a square says: {facts, signed}; `signed` is true, false, or null where this browser cannot check it. */
export async function readSquare(said, key) {
  const [head, facts, signature] = said.trim().split(".");
  if (head !== HEAD || !facts || !signature) return null;
  try {
    const plain = JSON.parse(new TextDecoder().decode(bytes(facts)));
    const [incident, number, kind, label, from, until, area, way, many, gates] = plain;
    const entry = { incident, number, kind, label, from, until, area, way, many: Boolean(many), gates, state: "granted", trips: 0, away: false };
    return { entry, signed: await isSigned(`${head}.${facts}`, bytes(signature), key) };
  } catch {
    return { entry: null, signed: false };
  }
}

async function isSigned(text, signature, key) {
  if (!globalThis.crypto || !crypto.subtle) return null;
  let known;
  try {
    known = await crypto.subtle.importKey("raw", bytes(key), { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null; // this browser knows no Ed25519
  }
  return crypto.subtle.verify({ name: "Ed25519" }, known, signature, new TextEncoder().encode(text));
}

/** The list's entry with the crossings that this device has not sent yet. */
export function withActs(entry, acts) {
  const mine = acts.filter((act) => act.number === entry.number).sort((a, b) => (a.at < b.at ? -1 : 1));
  return mine.reduce((now, act) => ({
    ...now, away: act.way === entry.way, trips: now.trips + (act.way === entry.way ? 1 : 0),
  }), entry);
}

/** {look, title, why, entry, way}: `title` and `why` are keys of the words. `gate` is the list's, or nothing. */
export function judge(said, square, list, acts, gate, now) {
  if (square && (square.signed === false || (square.entry && square.entry.incident !== list.incident.id))) {
    return { look: "broken", title: "stop", why: "forged" };
  }
  const number = square ? square.entry.number : said.replace(/\D/g, "");
  const listed = list.permits.find((permit) => permit.number === number);
  if (!listed && !(square && square.signed)) {
    return { look: "risk", title: "ask", why: square ? "unchecked" : "unknown_old" };
  }
  const entry = withActs(listed || square.entry, acts);
  const outward = (entry.way === "out") !== entry.away;
  const way = outward ? "out" : "in";
  if (!list.areas.includes(entry.area)) return { look: "risk", title: "ask", why: "other_area", entry };
  const why = against(entry, gate, now);
  if (why) return { look: "broken", title: "stop", why, entry };
  return { look: "kept", title: "pass", why: outward ? "may_out" : "may_in", note: listed ? "" : "new_signed", entry, way };
}

function against(entry, gate, now) {
  if (entry.away) return ""; // the way back is never shut
  if (entry.state === "withdrawn" || entry.state === "refused") return entry.state;
  if (now >= entry.until * MINUTE) return "over";
  if (now < entry.from * MINUTE) return "not_yet";
  if (gate && !(entry.gates.length ? entry.gates.includes(gate.id) : gate.areas.includes(entry.area))) return "other_gate";
  if (entry.state === "used" || (!entry.many && entry.trips > 0)) return "used";
  return "";
}
