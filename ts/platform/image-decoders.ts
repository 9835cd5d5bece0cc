/** Image files by decoders that may be missing or fail: what all of them throw. */
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { Picture } from "../core/picture.ts";
import { type ImageFormat, imageFormat } from "./image-format.ts";

/** How formats are read; those that are left out are not. */
export type Decoders = { readonly [F in ImageFormat]?: (bytes: Uint8Array) => Promise<Picture> | Picture };

/** The pixels of an image file as they are stored: neither turned nor converted to another colour space. */
export async function decodeBy(decoders: Decoders, bytes: Uint8Array): Promise<Picture> {
  const format = imageFormat(bytes);
  const decode = decoders[format];
  if (decode === undefined) {
    const known = Object.keys(decoders).join(", ");
    throw new UnsupportedError(
      `decodeImage: cannot read a ${format}: there is no decoder here, wanted another format (${known})`,
    );
  }
  try {
    return await decode(bytes);
  } catch (error) {
    if (error instanceof FormatError || error instanceof UnsupportedError) throw error;
    if ((error as { code?: string }).code === "ERR_MODULE_NOT_FOUND") {
      const wanted = "the optional packages of hebb, or another format";
      throw new UnsupportedError(
        `decodeImage: cannot read a ${format}: its decoder is not installed, wanted ${wanted}`,
        {
          cause: error,
        },
      );
    }
    // The codecs in WebAssembly throw the address of an exception.
    const reason = error instanceof Error ? error.message : "the codec stopped";
    throw new FormatError(`decodeImage: cannot read a ${format}: ${reason}, wanted a whole file`, { cause: error });
  }
}
