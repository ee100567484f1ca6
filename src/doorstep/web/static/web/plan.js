// Drawing a compound's plan: gates, buildings and stairs are dragged by mouse, finger or arrow keys and saved at once.
// Every position can also be typed in the form below the plan, without this module.

const plan = document.getElementById("plan");
const said = document.getElementById("plan-said");
const undo = document.getElementById("undo-place");
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAUSE_MS = 600; // after the last arrow key

/** Where a pin stands on the screen's side of the plan: metres to the right and downwards. */
function placeOf(pin) {
  const { e, f } = pin.transform.baseVal.getItem(0).matrix;
  return [e, f];
}

function put(pin, [x, y]) {
  pin.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
}

/** A point of the screen in the metres of the plan. */
function toPlan(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
  return [point.x, point.y];
}

function inside([x, y]) {
  const { x: left, y: top, width, height } = plan.viewBox.baseVal;
  return [Math.min(Math.max(x, left), left + width), Math.min(Math.max(y, top), top + height)];
}

function describe(pin) {
  const [x, y] = placeOf(pin);
  const where = pin.dataset.own
    ? plan.dataset.at.replace("{x}", x.toFixed(0)).replace("{y}", (-y).toFixed(0))
    : plan.dataset.waits;
  pin.setAttribute("aria-label", `${pin.dataset.label}: ${where}`);
}

/** The pin and what goes with it: a building takes its stairs along. */
function family(pin) {
  const stairs = pin.dataset.kind === "building" && pin.dataset.own
    ? [...plan.querySelectorAll(`.pin[data-building="${pin.dataset.pk}"]:not(.is-waiting)`)]
    : [];
  return [pin, ...stairs];
}

function shift(pins, starts, [dx, dy]) {
  pins.forEach((one, number) => put(one, inside([starts[number][0] + dx, starts[number][1] + dy])));
}

function tell(text, bad = false) {
  said.textContent = text;
  said.classList.toggle("error", bad);
}

let saving = Promise.resolve();

/** Save after what is being saved already; where it fails the pins go back. */
function save(pin, pins, starts) {
  const [x, y] = placeOf(pin);
  const [wasX, wasY] = starts[0];
  if (Math.abs(x - wasX) < 0.005 && Math.abs(y - wasY) < 0.005) return saving;
  saving = saving.then(async () => {
    const body = new URLSearchParams({
      kind: pin.dataset.kind, pk: pin.dataset.pk, x_m: x.toFixed(2), y_m: (-y).toFixed(2),
    });
    let answer = {};
    try {
      const response = await fetch(plan.dataset.move, {
        method: "POST", body, keepalive: true, headers: { "X-CSRFToken": plan.dataset.token, Accept: "application/json" },
      });
      answer = await response.json();
      if (!response.ok) throw new Error(answer.error);
    } catch {
      pins.forEach((one, number) => put(one, starts[number]));
      tell(answer.error || plan.dataset.failed, true);
      return;
    }
    pin.dataset.own = "1";
    pin.classList.remove("is-waiting", "is-leaning");
    pins.forEach(describe);
    if (!answer.undo) return;
    undo.action = answer.undo;
    undo.hidden = false;
    tell(`${answer.said} · ${pin.getAttribute("aria-label").split(": ").pop()}`);
  });
  return saving;
}

function draggable(pin) {
  let grip = null;
  pin.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    pin.focus();
    settle(pin);
    const pins = family(pin);
    grip = { from: toPlan(event), pins, starts: pins.map(placeOf) };
    pin.setPointerCapture(event.pointerId);
    pin.classList.add("is-held");
  });
  pin.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [x, y] = toPlan(event);
    shift(grip.pins, grip.starts, [x - grip.from[0], y - grip.from[1]]);
  });
  // touch-action holds for a whole SVG only; so a finger on a pin drags it, and beside the pins it scrolls the plan
  pin.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  const drop = (keep) => () => {
    if (!grip) return;
    const { pins, starts } = grip;
    grip = null;
    pin.classList.remove("is-held");
    if (keep) save(pin, pins, starts);
    else pins.forEach((one, number) => put(one, starts[number]));
  };
  pin.addEventListener("pointerup", drop(true));
  pin.addEventListener("pointercancel", drop(false));
}

const walks = new Map(); // pins that the keys are moving: {pins, starts, timer}

/** Save what the keys have moved so far. */
function settle(pin) {
  const walk = walks.get(pin);
  if (!walk) return;
  clearTimeout(walk.timer);
  walks.delete(pin);
  save(pin, walk.pins, walk.starts);
}

function steerable(pin) {
  pin.setAttribute("tabindex", "0");
  pin.setAttribute("role", "button");
  pin.setAttribute("aria-describedby", "plan-keys");
  pin.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    let walk = walks.get(pin);
    if (!walk) {
      const pins = family(pin);
      walk = { pins, starts: pins.map(placeOf) };
      walks.set(pin, walk);
    }
    const metres = event.shiftKey ? 10 : 1;
    shift(walk.pins, walk.pins.map(placeOf), [step[0] * metres, step[1] * metres]);
    clearTimeout(walk.timer);
    walk.timer = setTimeout(() => settle(pin), PAUSE_MS);
  });
  pin.addEventListener("blur", () => settle(pin));
}

if (plan?.dataset.move) {
  for (const pin of plan.querySelectorAll(".pin")) {
    describe(pin);
    draggable(pin);
    steerable(pin);
  }
  undo.addEventListener("submit", (event) => {
    if (!walks.size) return;
    event.preventDefault();
    [...walks.keys()].forEach(settle);
    saving.then(() => undo.submit());
  });
  addEventListener("pagehide", () => [...walks.keys()].forEach(settle));
}
