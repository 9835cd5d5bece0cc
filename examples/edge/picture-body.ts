/**
 * The picture in a request's body, or a reason why there is none.
 *
 *     image/png, image/jpeg …     a file
 *     application/json            {"pixels": rows of grey values, or of [red, green, blue], each from 0 to 255}
 *     application/octet-stream    bytes of pixels, row by row; ?shape=28x28 or ?shape=32x32x3 says how many
 */
import { FormatError, ShapeError, UnsupportedError } from "hebb";
import { type Decoders, decodeImage, type Picture } from "hebb/vision";
import { bytesOf, jsonOf, typeOf, unread } from "./body.ts";
import { Refusal } from "./refusal.ts";

/** Pixels that a picture may have. */
const MOST_PIXELS = 2 ** 22;

const kinds = "image/png, application/json or application/octet-stream";

/** How pictures are read: their channels, 1 grey or 3 colours, and decoders of what the runtime cannot read. */
export interface PictureOptions {
  readonly channels: 1 | 3;
  readonly decoders?: Decoders;
}

export async function pictureOf(request: Request, options: PictureOptions): Promise<Picture> {
  const type = typeOf(request);
  const read = type.startsWith("image/") ? fromFile : Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined) throw unread(type, kinds);
  const bytes = await bytesOf(request);
  if (bytes.length === 0) throw new Refusal(400, `body: cannot read a picture: it is empty, wanted ${kinds}`);
  return read(bytes, new URL(request.url), options);
}

type Reader = (bytes: Uint8Array, url: URL, options: PictureOptions) => Promise<Picture> | Picture;

const readers: Readonly<Record<string, Reader>> = {
  "application/json": fromJson,
  "application/octet-stream": fromBytes,
};

async function fromFile(bytes: Uint8Array, _: URL, options: PictureOptions): Promise<Picture> {
  try {
    return await decodeImage(bytes, { ...options, maxPixels: MOST_PIXELS });
  } catch (error) {
    if (error instanceof UnsupportedError) throw new Refusal(415, error.message);
    if (error instanceof ShapeError) throw new Refusal(413, error.message);
    if (error instanceof FormatError) throw new Refusal(400, error.message);
    throw error;
  }
}

function fromBytes(bytes: Uint8Array, url: URL): Picture {
  const shape = url.searchParams.get("shape") ?? "";
  const [, height = 0, width = 0, channels = 1] = (/^(\d{1,4})x(\d{1,4})(?:x([13]))?$/.exec(shape) ?? []).map((n) =>
    Number(n ?? 1),
  );
  if (width * height === 0) {
    throw new Refusal(422, `body: cannot read pixels of shape "${shape}": wanted ?shape=28x28 or ?shape=32x32x3`);
  }
  if (bytes.length !== width * height * channels) {
    throw new Refusal(
      422,
      `body: cannot read ${shape} pixels from ${bytes.length} bytes: wanted ${width * height * channels}`,
    );
  }
  return { width, height, channels, data: bytes };
}

function fromJson(bytes: Uint8Array): Picture {
  const rows = rowsOf(bytes);
  const [height, width] = [rows.length, rows[0]?.length ?? 0];
  const colours = Array.isArray(rows[0]?.[0]);
  const data: number[] = [];
  rows.forEach((row, y) => {
    if (!Array.isArray(row) || row.length !== width || width === 0) {
      throw new Refusal(
        422,
        `body: cannot read pixels: row ${y} is no list of ${width || "some"} pixels like the first`,
      );
    }
    row.forEach((pixel, x) => {
      const values = Array.isArray(pixel) ? pixel : [pixel];
      if (values.length !== (colours ? 3 : 1)) {
        throw new Refusal(
          422,
          `body: cannot read pixel [${y}, ${x}]: it has ${values.length} values, the first ${colours ? 3 : 1}`,
        );
      }
      for (const value of values) {
        if (typeof value === "number" && value >= 0 && value <= 255) data.push(Math.round(value));
        else
          throw new Refusal(
            422,
            `body: cannot read pixel [${y}, ${x}]: it is ${JSON.stringify(value)}, wanted a number from 0 to 255`,
          );
      }
    });
  });
  return { width, height, channels: colours ? 3 : 1, data: Uint8Array.from(data) };
}

function rowsOf(bytes: Uint8Array): readonly unknown[][] {
  const value = jsonOf(bytes);
  const rows = typeof value === "object" && value !== null && "pixels" in value ? value.pixels : undefined;
  if (Array.isArray(rows) && rows.length > 0) return rows;
  throw new Refusal(422, 'body: cannot read JSON: it holds no pixels, wanted {"pixels": [[0, 255, …], …]}');
}
