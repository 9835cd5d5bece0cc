/** Pictures → pictures: style transfer, super-resolution. */

import { ShapeError } from "../../core/errors.ts";
import type { Picture } from "../../core/picture.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { decodeImage, encodePng, fromTensor, resize } from "../../vision/index.ts";
import { numberOf } from "../command.ts";
import { feedOf, type PictureInput, pictureInput } from "../pictures.ts";
import type { Job, Report, Task } from "../task.ts";
import { byTiles } from "../tiles.ts";

/** Channels, height and width of the only output where it is a picture as the input is one. */
function outputOf({ session }: Pick<Job, "session">): { channels: number } | null {
  const [output, ...more] = session.outputs;
  const input = pictureInput(session);
  if (input === null || more.length > 0 || output?.shape?.length !== 4) return null;
  const channels = Number(output.shape[input.layout === "nchw" ? 1 : 3]);
  return channels === input.channels ? { channels } : null;
}

export const redraw: Task = {
  name: "picture to picture",
  takes: "picture",
  fits: (session) => outputOf({ session }) !== null,
  async run(job) {
    const picture = await decodeImage(job.input, { signal: job.args.signal });
    const made = pictureInput(job.session)?.channels === 1 ? await enlarge(job, picture) : await restyle(job, picture);
    const text = `${picture.width} × ${picture.height} → ${made.width} × ${made.height} pixels`;
    return { text, file: { bytes: await encodePng(made), ending: ".out.png" } } satisfies Report;
  },
};

async function runOn({ session, args }: Job, picture: Picture, scale: number): Promise<Picture> {
  const wanted = pictureInput(session) as PictureInput;
  const feed = feedOf(picture, wanted, args, { scale });
  const result = (await session.run({ [wanted.name]: feed }, { signal: args.signal }))[
    (session.outputs[0] as { name: string }).name
  ];
  if (!(result instanceof Tensor)) throw new ShapeError("run: cannot read the output as a picture: it is no tensor");
  return fromTensor(result.to("float32"), { layout: wanted.layout, scale: 1 / numberOf(args, "scale", scale) });
}

/** Models of fast style transfer take and give values from 0 to 255. What they make gets the picture's proportions. */
async function restyle(job: Job, picture: Picture): Promise<Picture> {
  const { width, height } = pictureInput(job.session) as PictureInput;
  const made = await runOn(job, resize(picture, width ?? picture.width, height ?? picture.height), 1);
  const scale = Math.max(made.width, made.height) / Math.max(picture.width, picture.height);
  return resize(made, Math.round(picture.width * scale), Math.round(picture.height * scale));
}

/**
 * The model enlarges luma, from 0 to 1; chroma, for which eyes are less keen, follows by interpolation (JPEG's YCbCr).
 *
 *     Y = .299 R + .587 G + .114 B      Cb = (B - Y) / 1.772      Cr = (R - Y) / 1.402
 */
async function enlarge(job: Job, picture: Picture): Promise<Picture> {
  const { width: w, height: h } = pictureInput(job.session) as PictureInput;
  const run = (tile: Picture): Promise<Picture> => runOn(job, tile, 1 / 255);
  const luma = await byTiles(picture, w ?? picture.width, h ?? picture.height, run);
  const { width, height } = luma;
  const colours = resize(picture, width, height, { filter: "bicubic" }).data;
  const data = new Uint8ClampedArray(colours.length);
  for (let i = 0; i < width * height; i++) {
    const [r = 0, g = 0, b = 0] = colours.subarray(3 * i, 3 * i + 3);
    const own = 0.299 * r + 0.587 * g + 0.114 * b;
    const more = (luma.data[i] as number) - own;
    data.set([r + more, g + more, b + more], 3 * i);
  }
  return { width, height, channels: 3, data: new Uint8Array(data.buffer) };
}
