/** Image files in plain JavaScript: what edge workers read, and others begin with. */
import type { Picture } from "../core/picture.ts";
import { decodeBmp } from "./bmp.ts";
import { type Decoders, decodeBy } from "./image-decoders.ts";
import { decodePng } from "./png.ts";
import { decodePnm } from "./pnm.ts";

export const plainDecoders: Decoders = { bmp: decodeBmp, png: decodePng, pnm: decodePnm };

export const decodeImage = (bytes: Uint8Array): Promise<Picture> => decodeBy(plainDecoders, bytes);
