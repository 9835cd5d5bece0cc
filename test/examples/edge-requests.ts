/** Requests to the service of examples/edge, as plain data: sound ones with their answers, and broken ones with their reasons. */

import { createRequire } from "node:module";
import { encodePng, type Picture } from "hebb/vision";
import { drawDigits, Random } from "../../examples/digits/draw.ts";
import { drawShape } from "../../examples/edge/draw-shapes.ts";
import { shapes } from "../../examples/edge/shapes.ts";
import { writeReview } from "../../examples/edge/write-reviews.ts";
import { root } from "../../scripts/build.mjs";

export interface Sent {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
  readonly type?: string;
  /** What is sent; a stream is sent without its length. */
  readonly body?: string | Uint8Array<ArrayBuffer> | (() => ReadableStream<Uint8Array>);
}

/** The file that the decoder of examples/edge/jpeg has an encoder for. */
export function encodeJpeg({ width, height, data }: Picture): Uint8Array<ArrayBuffer> {
  const { encode } = createRequire(`${root}examples/edge/jpeg/`)("jpeg-js") as {
    encode(image: { width: number; height: number; data: Uint8Array }, quality: number): { data: Uint8Array };
  };
  const colours = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) colours.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  return Uint8Array.from(encode({ width, height, data: colours }, 90).data);
}

const plain = (text: string): Pick<Sent, "type" | "body"> => ({ type: "text/plain; charset=utf-8", body: text });

/** Texts that are not what their words are, one by one. */
const judged: readonly (readonly [text: string, label: string])[] = [
  ["What a wonderful film!", "positive"],
  ["The plot is not good at all.", "negative"],
  ["It is never boring", "positive"],
  ["The room was dirty and noisy, but the staff is amazing", "positive"],
  ["Although the food was excellent, the service is dreadful", "negative"],
];

/** Digits, shapes and texts that the models of the checkout read rightly, and which class each is. */
export async function soundRequests(): Promise<(Sent & { readonly label: string })[]> {
  const { images, labels } = drawDigits(10, 1234);
  const sent: (Sent & { readonly label: string })[] = [];
  for (const [i, digit] of labels.entries()) {
    const data = images.slice(i * 784, i * 784 + 784);
    const picture = { width: 28, height: 28, channels: 1, data };
    const rows = Array.from({ length: 28 }, (_, y) => [...data.subarray(28 * y, 28 * y + 28)]);
    const whole = { path: "/digits", label: String(digit) };
    const forms = [
      { name: "bytes", path: "/digits?shape=28x28", type: "application/octet-stream", body: data },
      { name: "JSON", type: "application/json; charset=utf-8", body: JSON.stringify({ pixels: rows }) },
      { name: "a PNG", type: "image/png", body: Uint8Array.from(await encodePng(picture)) },
      {
        name: "a PNG of dark ink on light paper",
        type: "image/png",
        body: Uint8Array.from(await encodePng({ ...picture, data: data.map((pixel) => 255 - pixel) })),
      },
    ];
    sent.push({ ...whole, ...(forms[i % forms.length] as (typeof forms)[number]) });
  }
  const random = new Random(5);
  for (const [i, label] of shapes.entries()) {
    const { picture } = drawShape(random, i);
    const whole = { path: "/shapes", label };
    sent.push(
      { ...whole, name: `a PNG, ${label}`, type: "image/png", body: Uint8Array.from(await encodePng(picture)) },
      { ...whole, name: `a JPEG, ${label}`, type: "image/jpeg", body: encodeJpeg(picture) },
    );
  }
  const written = Array.from({ length: 6 }, () => writeReview(random));
  const texts = [
    ...judged,
    ...written.map(({ text, label }) => [text, label === 1 ? "positive" : "negative"] as const),
  ];
  for (const [i, [text, label]] of texts.entries()) {
    const form = i % 2 === 0 ? plain(text) : json({ text });
    sent.push({ name: `a text, ${text}`, path: "/sentiment", ...form, label });
  }
  return sent;
}

export interface Broken extends Sent {
  readonly status: number;
  /** What the answer says, among other things. */
  readonly reason: string;
}

const json = (value: unknown): Pick<Sent, "type" | "body"> => ({
  type: "application/json",
  body: typeof value === "string" ? value : JSON.stringify(value),
});

/** What is wrong in every way that a body can be. */
export async function brokenRequests(): Promise<Broken[]> {
  const png = Uint8Array.from(
    await encodePng({ width: 28, height: 28, channels: 1, data: new Uint8Array(784).fill(9) }),
  );
  const lying = png.slice();
  new DataView(lying.buffer).setUint32(16, 60_000);
  new DataView(lying.buffer).setUint32(20, 60_000);
  const file = (body: Uint8Array<ArrayBuffer>): Pick<Sent, "type" | "body"> => ({ type: "image/png", body });
  const raw = (bytes: number): Pick<Sent, "type" | "body"> => ({
    type: "application/octet-stream",
    body: new Uint8Array(bytes),
  });
  const digits = { path: "/digits" };
  const sentiment = { path: "/sentiment" };
  const jpeg = encodeJpeg({ width: 32, height: 32, channels: 3, data: new Uint8Array(3072).map((_, i) => i) });
  const lyingJpeg = jpeg.slice();
  new DataView(lyingJpeg.buffer).setUint32(frameOf(jpeg) + 5, 0xea60_ea60);
  return [
    { name: "another path", path: "/cats", ...json({}), status: 404, reason: "wanted GET /health, POST /digits" },
    { name: "a name of every object", path: "/constructor", ...json({}), status: 404, reason: "cannot find" },
    { name: "another method", ...digits, method: "GET", status: 405, reason: "wanted POST" },
    { name: "a post for its health", path: "/health", ...json({}), status: 405, reason: "wanted GET" },
    { name: "a type of every object", ...digits, type: "constructor", body: "7", status: 415, reason: "constructor" },
    { name: "another type", ...digits, type: "text/plain", body: "7", status: 415, reason: "text/plain" },
    {
      name: "a form",
      ...digits,
      type: "multipart/form-data; boundary=x",
      body: "--x--",
      status: 415,
      reason: "multipart",
    },
    { name: "nothing", ...digits, type: "image/png", body: "", status: 400, reason: "empty" },
    { name: "a cut PNG", ...digits, ...file(png.slice(0, 40)), status: 400, reason: "wanted a whole file" },
    {
      name: "a changed PNG",
      ...digits,
      ...file(png.map((byte, i) => (i === 45 ? byte ^ 1 : byte))),
      status: 400,
      reason: "CRC",
    },
    { name: "a PNG that claims too much", ...digits, ...file(lying), status: 413, reason: "60000 × 60000" },
    { name: "a cut JPEG", path: "/shapes", ...file(jpeg.slice(0, -200)), status: 400, reason: "cannot read a jpeg" },
    { name: "a JPEG that claims too much", path: "/shapes", ...file(lyingJpeg), status: 413, reason: "60000 × 60000" },
    { name: "no picture", ...digits, ...file(new Uint8Array(64).fill(7)), status: 400, reason: "no image" },
    {
      name: "a format without a decoder",
      path: "/shapes",
      type: "image/gif",
      body: Uint8Array.of(...new TextEncoder().encode("GIF89a"), 1, 0, 1, 0, ...new Uint8Array(30)),
      status: 415,
      reason: "gif",
    },
    { name: "cut JSON", ...digits, ...json('{"pixels": [[1, 2'), status: 400, reason: "JSON" },
    { name: "JSON with NaN", ...digits, ...json('{"pixels": [[NaN]]}'), status: 400, reason: "JSON" },
    {
      name: "JSON that is no text",
      ...digits,
      type: "application/json",
      body: Uint8Array.of(0xff, 0xfe, 0x80),
      status: 400,
      reason: "UTF-8",
    },
    { name: "JSON without pixels", ...digits, ...json({ image: [] }), status: 422, reason: "holds no pixels" },
    { name: "JSON that is null", ...digits, ...json("null"), status: 422, reason: "holds no pixels" },
    { name: "ragged rows", ...digits, ...json({ pixels: [[1, 2], [3]] }), status: 422, reason: "row 1" },
    { name: "rows that are none", ...digits, ...json({ pixels: [1, 2] }), status: 422, reason: "row 0" },
    { name: "no rows", ...digits, ...json({ pixels: [[]] }), status: 422, reason: "row 0" },
    {
      name: "a pixel that is null",
      ...digits,
      ...json({
        pixels: [
          [1, null],
          [0, 0],
        ],
      }),
      status: 422,
      reason: "[0, 1]: it is null",
    },
    { name: "a pixel beyond", ...digits, ...json({ pixels: [[256]] }), status: 422, reason: "from 0 to 255" },
    { name: "an infinite pixel", ...digits, ...json('{"pixels": [[1e999]]}'), status: 422, reason: "from 0 to 255" },
    { name: "colours and greys", ...digits, ...json({ pixels: [[[1, 2, 3], 4]] }), status: 422, reason: "[0, 1]" },
    { name: "an empty text", ...sentiment, ...plain(" \n"), status: 400, reason: "empty" },
    { name: "a text without words", ...sentiment, ...plain("?! …"), status: 422, reason: "without words" },
    { name: "a long text", ...sentiment, ...plain("fine ".repeat(65)), status: 413, reason: "wanted at most 64" },
    {
      name: "a text that is no text",
      ...sentiment,
      type: "text/plain",
      body: Uint8Array.of(0xff, 0xfe, 0x80),
      status: 400,
      reason: "UTF-8",
    },
    { name: "JSON without a text", ...sentiment, ...json(["fine"]), status: 422, reason: "holds no text" },
    { name: "JSON with a number for a text", ...sentiment, ...json({ text: 7 }), status: 422, reason: "holds no text" },
    { name: "a picture for a text", ...sentiment, ...file(png), status: 415, reason: "wanted text/plain" },
    { name: "bytes without a shape", ...digits, ...raw(784), status: 422, reason: "wanted ?shape=" },
    { name: "bytes of another shape", path: "/digits?shape=28x28", ...raw(783), status: 422, reason: "wanted 784" },
    { name: "no square", path: "/digits?shape=28x14", ...raw(392), status: 422, reason: "wanted a square" },
    {
      name: "too much",
      path: "/digits?shape=1024x1025",
      ...raw(1024 * 1025),
      status: 413,
      reason: "more than 1048576 bytes",
    },
    {
      name: "too much, without saying so",
      path: "/digits?shape=1024x1025",
      type: "application/octet-stream",
      body: () => pieces(64, 20_000),
      status: 413,
      reason: "more than 1048576 bytes",
    },
  ];
}

/** Where the frame header of a JPEG begins. */
function frameOf(jpeg: Uint8Array): number {
  return jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
}

/** A stream of `count` pieces of `bytes`. */
function pieces(count: number, bytes: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent++ < count) controller.enqueue(new Uint8Array(bytes));
      else controller.close();
    },
  });
}

/** As the request that it is. */
export function requestOf(
  url: string,
  { path, method = "POST", type, body = "" }: Sent,
  signal?: AbortSignal,
): Request {
  const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
  return new Request(url + path, {
    method,
    headers,
    ...(method === "GET" ? {} : { body: typeof body === "function" ? body() : body }),
    ...(typeof body === "function" ? { duplex: "half" } : {}),
    ...(signal === undefined ? {} : { signal }),
  });
}
