/** The format of an image file, by its first bytes. */
import { FormatError } from "../core/errors.ts";

/** Formats of image files that are told apart. */
export type ImageFormat = "bmp" | "gif" | "jpeg" | "jpeg2000" | "png" | "pnm" | "tiff" | "webp";

/** First bytes in Latin-1; a dot stands for any byte. */
const signatures: readonly (readonly [ImageFormat, RegExp])[] = [
  ["bmp", /^BM/],
  ["gif", /^GIF8/],
  ["jpeg", /^\xff\xd8\xff/],
  ["jpeg2000", /^(?:....jP {2}|\xff\x4f\xff\x51)/s],
  ["png", /^\x89PNG\r\n/],
  ["pnm", /^P[1-6]\s/],
  ["tiff", /^(?:II\*.|MM.\*)/s],
  ["webp", /^RIFF.{4}WEBP/s],
];

/** Throws `FormatError` for bytes that begin like no image. */
export function imageFormat(bytes: Uint8Array): ImageFormat {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  const found = signatures.find(([, signature]) => signature.test(start));
  if (found !== undefined) return found[0];
  throw new FormatError(
    `decodeImage: cannot read ${bytes.length} bytes: they begin like no image, wanted ${signatures.map(([name]) => name).join(", ")}`,
  );
}
