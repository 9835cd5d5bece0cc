/** Image files by the browser's decoders and canvas. */
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";
import { withChannels } from "../core/picture.ts";
import { imageFormat } from "./image-format.ts";
import { decodePnm } from "./pnm.ts";

/** Formats that not every browser knows. */
const rare: ReadonlySet<string> = new Set(["jpeg2000", "tiff"]);

/**
 * The pixels of an image file as they are stored: neither turned nor converted to another colour space. A canvas keeps
 * colours multiplied by alpha, so what is transparent loses some of them.
 */
export async function decodeImage(bytes: Uint8Array): Promise<Picture> {
  const format = imageFormat(bytes);
  if (format === "pnm") return decodePnm(bytes);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes as BlobPart]), {
      colorSpaceConversion: "none",
      imageOrientation: "none",
      premultiplyAlpha: "none",
    });
  } catch (cause) {
    if (rare.has(format)) {
      throw new UnsupportedError(
        `decodeImage: cannot read a ${format}: this browser has no decoder, wanted a png or jpeg`,
        {
          cause,
        },
      );
    }
    throw new FormatError(`decodeImage: cannot read a ${format}: the browser refuses it, wanted a whole file`, {
      cause,
    });
  }
  const { width, height } = bitmap;
  const context = contextOf(width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, channels: 4, data: new Uint8Array(data.buffer) };
}

/** A PNG file. */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  const { width, height, data } = withChannels(picture, 4);
  const context = contextOf(width, height);
  context.putImageData(new ImageData(Uint8ClampedArray.from(data), width, height), 0, 0);
  const blob = await context.canvas.convertToBlob({ type: "image/png" });
  return new Uint8Array(await blob.arrayBuffer());
}

function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context !== null) return context;
  throw new UnsupportedError(
    `canvas: cannot make ${width} × ${height} pixels: the browser refuses, wanted a smaller picture`,
  );
}
