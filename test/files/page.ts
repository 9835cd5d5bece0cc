/** What test/files/page.test.ts runs in a page. Everything that comes and goes is JSON. */
import { decodeAudio, encodeWav } from "../../ts/audio/index.ts";
import { readSource } from "../../ts/files/source.ts";
import { decodeImage, encodePng } from "../../ts/vision/index.ts";

interface Outcome {
  readonly length: number;
  readonly sha256: string;
  readonly error: string;
}

/** Reads a URL; stops after `stopAt` bytes where that is above 0. */
export async function read(url: string, options: object, stopAt: number): Promise<Outcome> {
  const controller = new AbortController();
  try {
    const bytes = await readSource(url, {
      ...options,
      signal: controller.signal,
      onProgress: ({ loaded }) => {
        if (stopAt > 0 && loaded >= stopAt) controller.abort(new Error("enough"));
      },
    });
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return { length: bytes.length, sha256, error: "" };
  } catch (error) {
    return { length: 0, sha256: "", error: String(error) };
  }
}

/** How many entries a cache holds. */
export async function entriesOf(name: string): Promise<number> {
  return (await (await caches.open(name)).keys()).length;
}

/** The pixels of an image file. */
export async function pixels(url: string, channels: 1 | 3): Promise<number[]> {
  return [...(await decodeImage(url, { channels })).data];
}

/** What becomes of a picture by a PNG file. */
export async function throughPng(width: number, height: number, channels: number, data: number[]): Promise<number[]> {
  const file = await encodePng({ width, height, channels, data: Uint8Array.from(data) });
  return [...(await decodeImage(file)).data];
}

export async function soundError(): Promise<string> {
  await decodeAudio(encodeWav({ channels: [new Float32Array(8)], sampleRate: 8000 }));
  return decodeAudio(Uint8Array.of(1, 2, 3)).then(() => "none", String);
}
