/** Image files in tensors. */
import { decodeImage } from "#platform";
import { DTypeError, FormatError } from "../../../core/errors.ts";
import { type Picture, withChannels } from "../../../core/picture.ts";
import type { Node } from "../../../graph/node.ts";
import type { Call, Operators } from "../call.ts";
import { constantLeaf } from "../feed.ts";

/** What cannot be decoded becomes an image without pixels, as the operator's text demands. */
async function imageDecoder(call: Call): Promise<Node> {
  const format = call.string("pixel_format", "RGB");
  if (!["RGB", "BGR", "Grayscale"].includes(format)) {
    throw new FormatError(`cannot decode to pixels of ${format}: wanted RGB, BGR or Grayscale`);
  }
  const channels = format === "Grayscale" ? 1 : 3;
  const bytes = await call.read(call.tensor(0));
  if (!(bytes instanceof Uint8Array)) throw new DTypeError("cannot decode an image: wanted its file as uint8");
  const { width, height, data } = withChannels(await decoded(bytes, channels), channels);
  return constantLeaf(format === "BGR" ? swapped(data) : data, [height, width, channels], "uint8");
}

async function decoded(bytes: Uint8Array, channels: number): Promise<Picture> {
  try {
    return await decodeImage(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { width: 0, height: 0, channels, data: new Uint8Array(0) };
  }
}

/** Red and blue in each other's place. */
function swapped(data: Uint8Array): Uint8Array {
  return data.map((_, i) => data[i + 2 - 2 * (i % 3)] as number);
}

export const operators: Operators = { ImageDecoder: imageDecoder };
