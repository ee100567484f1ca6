// The round as it stands on this phone: what the server last said, with what was done here since laid over it.
// Pure functions; nothing here reads the store, the clock or the page.

const SPOKEN = ["opened", "through_door"];
const LEFT_AT_DOOR = ["letter", "waste"]; // what may stay at a door at which nobody spoke

export const spokeThere = (outcome) => SPOKEN.includes(outcome);

/** What can be handed over at a door: everything but the contact itself, which is proved by speaking. */
export const handable = (items) => (items || []).filter((item) => item.kind !== "contact");

/** Of the ticked things, those that this outcome lets go: a kit is handed to a person, never left. */
export function goes(ticked, outcome) {
  return spokeThere(outcome) ? ticked : ticked.filter((kind) => LEFT_AT_DOOR.includes(kind.split(":")[0]));
}

function localTruth(acts) {
  const undone = new Set(acts.filter((act) => act.kind === "undo" && act.state !== "aside").map((act) => act.body.visit));
  const visits = acts.filter((act) => act.kind === "visit" && !undone.has(act.id));
  return { undone, fresh: visits.filter((act) => act.state === "waiting" || act.state === "aside"), visits };
}

const asVisit = (act) => ({
  client_id: act.id, outcome: act.body.outcome, occurred_at: act.at, mine: true, state: act.state,
});

/** The rounds with the visit of each stop, the doors to knock at again, and what is next. */
export function stand(data, acts, { now = 0, soonMinutes = 0, last = null, later = {} } = {}) {
  const { undone, fresh, visits } = localTruth(acts);
  const rounds = data.rounds.map((round) => ({ ...round, stops: round.stops.map((stop) => {
    const server = stop.visit && !undone.has(stop.visit.client_id) ? stop.visit : null;
    const own = fresh.filter((act) => act.body.stop === stop.id || (!act.body.stop && act.body.door === stop.door)).pop();
    return { ...stop, round: round.id, visit: own ? asVisit(own) : server };
  }) }));
  const answered = new Set(fresh.map((act) => act.body.door));
  const again = (data.again || []).filter((task) => !answered.has(task.door));
  const current = rounds.find((round) => round.stops.some((stop) => !stop.visit)) || rounds[rounds.length - 1] || null;
  const next = current && nextStop(current.stops, last);
  const soon = soonMinutes * 60000;
  const justTried = (task) => visits.some((act) => act.body.door === task.door && now - Date.parse(act.at) < soon);
  const pressing = (task) => task.urgency === 3 || (task.due_at && Date.parse(task.due_at) <= now + soon);
  const urgent = (task) => pressing(task) && !justTried(task) && !(later[task.task] > now);
  const by = (one, other) => other.urgency - one.urgency || String(one.due_at).localeCompare(String(other.due_at));
  return {
    rounds, current, next,
    stops: rounds.flatMap((round) => round.stops),
    againNow: again.filter(urgent).sort(by),
    againLater: again.filter((task) => !urgent(task)).sort(by),
    done: current ? current.stops.filter((stop) => stop.visit).length : 0,
    total: current ? current.stops.length : 0,
    over: rounds.every((round) => round.stops.every((stop) => stop.visit)) && !again.length,
  };
}

/** The door after the last one of this trip, so that who starts further up is not sent down again; else the first open one. */
function nextStop(stops, last) {
  const open = stops.filter((stop) => !stop.visit);
  const before = last && stops.find((stop) => stop.id === last.stop);
  if (before && last.visit && before.visit) {
    const on = open.find((stop) => stop.trip === before.trip && stop.order > before.order);
    if (on) return on;
  }
  return open[0] || null;
}

/** What a trip carries: by kind, by climb, in bags and kilograms; only what is still to be brought. */
export function loadOf(stops, trip, kinds) {
  const open = stops.filter((stop) => stop.trip === trip && !stop.visit);
  const counts = {};
  const climbs = [];
  let bags = 0;
  for (const stop of open) {
    for (const item of handable(stop.items)) {
      counts[item.kind] = (counts[item.kind] || 0) + 1;
      if (kinds[item.kind] && kinds[item.kind].kit) bags += 1;
    }
    let climb = climbs.find((one) => one.climb === stop.climb);
    if (!climb) climbs.push((climb = { climb: stop.climb, stair: stop.stair, building: stop.building, numbers: [], kg: 0 }));
    climb.numbers.push(stop.number);
    climb.kg += stop.kg;
  }
  return { doors: open.length, bags, kg: open.reduce((sum, stop) => sum + stop.kg, 0), counts, climbs };
}

/** Whether a trip has not begun: nothing of it is done. */
export const fresh = (stops, trip) => !stops.some((stop) => stop.trip === trip && stop.visit);

/** What goes back to the gate: what was loaded for a door and not handed over, by kind. The last word on a door counts. */
export function backOf(acts) {
  const doors = new Map();
  for (const act of localTruth(acts).visits) if (act.local && act.local.loaded) doors.set(act.body.door, act.local.back);
  const counts = {};
  for (const kinds of doors.values()) for (const kind of kinds) counts[kind] = (counts[kind] || 0) + 1;
  return counts;
}

/** The next rest of a round that is not over. */
export function restOf(round, now) {
  return ((round && round.rests) || []).find((rest) => Date.parse(rest.ends_at) > now) || null;
}

/** The answers to send: "all well" is the first answer of each single question that is not serious; what was chosen counts more. */
export function welfareOf(questions, chosen, allWell) {
  const given = {};
  for (const question of questions) {
    const picked = chosen[question.code] || [];
    if (picked.length) given[question.code] = picked.join("+");
    else if (allWell && !question.many) {
      const well = Object.keys(question.answers).find((code) => !question.serious.includes(code));
      if (well) given[question.code] = well;
    }
  }
  return given;
}
