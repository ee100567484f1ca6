// The time of the incident, from the last word of the server and the phone's own clock since then.

let set = null; // {at: ms of the incident, rate, received: ms of this phone, offset: minutes from UTC}

/** What a round says of the time, as it is kept. */
export function heard(round, received) {
  const { clock, incident } = round;
  return { at: Date.parse(clock.at), rate: clock.rate, received, offset: incident.utc_offset_minutes };
}

export function setClock(kept) {
  set = kept || null;
}

/** Now, in the incident's time (ms). A phone whose clock was put back does not go back behind what it has heard. */
export function now() {
  if (!set) return Date.now();
  return set.at + Math.max(0, Date.now() - set.received) * set.rate;
}

function local(instant) {
  const at = typeof instant === "number" ? instant : Date.parse(instant);
  return new Date(at + (set ? set.offset : -new Date().getTimezoneOffset()) * 60000).toISOString();
}

/** 10:42, and the day before it where it is not today. */
export function time(instant) {
  const [day, clock] = local(instant).split("T");
  return day === local(now()).split("T")[0] ? clock.slice(0, 5) : `${day.slice(5)} ${clock.slice(0, 5)}`;
}

export function minutesUntil(instant) {
  return Math.round((Date.parse(instant) - now()) / 60000);
}
