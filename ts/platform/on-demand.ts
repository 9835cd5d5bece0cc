/** What few programs need of the runtimes that have `node:fs`, fetched when it is needed. */
import type { Platform } from "./platform.ts";

export const decodeImage: Platform["decodeImage"] = async (bytes) =>
  (await import("./image-codecs.ts")).decodeImage(bytes);

export const encodePng: Platform["encodePng"] = async (picture) => (await import("./png.ts")).encodePng(picture);

export const shelf: Platform["shelf"] = async (...args) => (await import("./folder-shelf.ts")).folderShelf(...args);

export const progressBar: Platform["progressBar"] = async (...args) =>
  (await import("./terminal.ts")).progressBar(...args);
