// A wet glove taps twice. The second tap of a pair, in the same place, never lands on the screen that the first one opened.

const TWICE_MS = 400;
const NEAR_PX = 48;
let last = null;
let opened = 0;

/** A new screen stands where the finger is. */
export function screenOpened() {
  opened = performance.now();
}

/** Swallow second taps. A click without a finger (keyboard, screen reader) has no place and always counts. */
export function onceEach(event) {
  if (!event.detail) return;
  const { timeStamp: at, clientX: x, clientY: y } = event;
  const twice = last && at - last.at < TWICE_MS && Math.hypot(x - last.x, y - last.y) < NEAR_PX && opened > last.at;
  last = { at, x, y };
  if (!twice) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}
