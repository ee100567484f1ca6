// Reads a square with the camera, where the browser can; else the number is typed.

const LOOK_MS = 250;

export const canScan = () => "BarcodeDetector" in window && Boolean(navigator.mediaDevices);

/** Show the camera in `view` and call `found(text)` once. Returns a function that stops it. */
export async function scan(view, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  let live = true;
  const stop = () => {
    live = false;
    stream.getTracks().forEach((track) => track.stop());
    view.srcObject = null;
  };
  view.srcObject = stream;
  await view.play();
  const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
  const look = async () => {
    if (!live) return;
    const seen = await detector.detect(view).catch(() => []);
    if (!live) return;
    if (seen.length) {
      stop();
      found(seen[0].rawValue);
    } else setTimeout(look, LOOK_MS);
  };
  look();
  return stop;
}
