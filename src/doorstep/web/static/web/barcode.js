// Reads a barcode with the camera into the field #item, where the browser can; without it the number is typed.

const scan = document.getElementById("scan");
const view = document.getElementById("scan-view");
const said = document.getElementById("scan-said");
const field = document.getElementById("item");
const LOOK_MS = 250;

if (scan && "BarcodeDetector" in window && navigator.mediaDevices) {
  scan.hidden = false;
  scan.addEventListener("click", () => (view.srcObject ? stop() : start()));
}

async function start() {
  said.hidden = true;
  try {
    view.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    said.hidden = false;
    return;
  }
  view.hidden = false;
  await view.play();
  look(new BarcodeDetector());
}

async function look(detector) {
  if (!view.srcObject) return;
  const found = await detector.detect(view).catch(() => []);
  if (found.length === 0) {
    setTimeout(() => look(detector), LOOK_MS);
    return;
  }
  field.value = found[0].rawValue;
  stop();
  field.form.requestSubmit();
}

function stop() {
  view.srcObject?.getTracks().forEach((track) => track.stop());
  view.srcObject = null;
  view.hidden = true;
}
