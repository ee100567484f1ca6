// A photo made small: at most 1280 px, JPEG. Drawing it anew leaves the camera's place and time behind.

const LONGEST_PX = 1280;
const MOST_BYTES = 1900000;

async function pictureOf(file) {
  if (self.createImageBitmap) {
    try {
      return await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch { /* older browsers know no options: the image element turns it right */ }
  }
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(image.src);
  }
  return image;
}

/** The file as a small JPEG. Rejects where it is no picture. */
export async function shrink(file) {
  const picture = await pictureOf(file);
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  if (picture.close) picture.close();
  for (const quality of [0.8, 0.6, 0.4]) {
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
    if (!blob) break;
    if (blob.size <= MOST_BYTES) return blob;
  }
  throw new Error("no picture");
}
