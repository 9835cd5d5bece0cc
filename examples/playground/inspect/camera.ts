/** Pictures as they come: photos, and the camera's, one after another as fast as they are taken up. */
import { DeviceError } from "hebb";
import { decodeImage, type Picture } from "hebb/vision";
import { find } from "../page/dom.ts";

/** Most pixels along a side: models read fewer, and the page stays quick. */
const SIDE = 640;

/** A photo as it was seen, made smaller where it is large. Throws `FormatError` for what is no picture. */
export async function readPhoto(file: File): Promise<Picture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return decodeImage(file); // It knows formats that browsers do not, and says what is wrong.
  }
  const picture = pixelsOf(bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  return picture;
}

/** Shows the camera and hands its pictures over until the signal stops it. */
export async function watchCamera(take: (picture: Picture) => Promise<void>, signal: AbortSignal): Promise<void> {
  const video = find("video", "camera-view");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  try {
    signal.throwIfAborted();
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    while (!signal.aborted) {
      await take(pixelsOf(video, video.videoWidth, video.videoHeight));
      await new Promise(requestAnimationFrame);
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    video.hidden = true;
  }
}

function pixelsOf(image: CanvasImageSource, fullWidth: number, fullHeight: number): Picture {
  const scale = Math.min(1, SIDE / Math.max(fullWidth, fullHeight));
  const [width, height] = [Math.max(1, Math.round(fullWidth * scale)), Math.max(1, Math.round(fullHeight * scale))];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null)
    throw new DeviceError("playground: cannot read a picture: the page has no canvas to draw it on");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, channels: 4, data: new Uint8Array(data.buffer) };
}
