/** The camera: pictures one after another, as fast as they are taken up. */
import type { Picture } from "hebb/vision";
import { find } from "../page/dom.ts";

/** Most pixels along a side: models read fewer. */
const SIDE = 480;

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
      await take(pictureOf(video));
      await new Promise(requestAnimationFrame);
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    video.hidden = true;
  }
}

function pictureOf(video: HTMLVideoElement): Picture {
  const { videoWidth, videoHeight } = video;
  const scale = Math.min(1, SIDE / Math.max(videoWidth, videoHeight));
  const [width, height] = [Math.max(1, Math.round(videoWidth * scale)), Math.max(1, Math.round(videoHeight * scale))];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context?.drawImage(video, 0, 0, width, height);
  const pixels = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray(4 * width * height);
  return { width, height, channels: 4, data: new Uint8Array(pixels.buffer) };
}
