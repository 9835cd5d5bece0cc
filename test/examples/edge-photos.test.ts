/** The worker of examples/edge that knows photos: JPEG files in, an ImageNet model in a bucket of R2. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jpeg } from "../../examples/edge/jpeg/decode.ts";
import { build, root } from "../../scripts/build.mjs";
import { install } from "../../scripts/install.mjs";
import { decodeImage } from "../../ts/vision/index.ts";
import { sharedData } from "../shared-data.ts";
import { expectSound, sendLoad } from "./edge-load.ts";
import { type EdgeWorker, startWorker } from "./edge-worker.ts";

const model = sharedData("models/squeezenet1.1-fp32/model.onnx");
const photos = sharedData("media");

/** A photo takes a hundred times what a digit takes. */
const count = Math.ceil(Number(process.env["HEBB_LOAD"] ?? 600) / 10);

describe.skipIf(model.missing || photos.missing)(`photos${model.reason || photos.reason}`, () => {
  let folder = "";
  let worker: EdgeWorker;

  beforeAll(async () => {
    install(join(root, "examples/edge/jpeg"));
    await build(["bundles"]);
    mkdirSync(join(root, "build"), { recursive: true });
    folder = mkdtempSync(join(root, "build/edge-bucket-"));
    copyFileSync(model.path, join(folder, "photos.onnx"));
    copyFileSync(join(photos.path, "imagenet_classes.txt"), join(folder, "classes.txt"));
    worker = await startWorker(root, "examples/edge/worker/photos.ts", { bucket: folder, heap: 48 });
  });

  afterAll(async () => {
    await worker?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = (body: BodyInit): Promise<Response> =>
    fetch(`${worker.url}/photos`, { method: "POST", headers: { "content-type": "image/jpeg" }, body });

  test.each([
    ["goldfish.jpg", "goldfish"],
    ["dog.jpg", "Walker hound"],
    ["cat.jpg", "Egyptian cat"],
  ])("%s shows a %s", async (name, label) => {
    const response = await send(readFileSync(join(photos.path, name)));
    expect([response.status, await response.json()]).toMatchObject([200, { label, guesses: { length: 3 } }]);
  });

  test("a photo that ends in the middle is refused", async () => {
    const response = await send(readFileSync(join(photos.path, "dog.jpg")).subarray(0, 40_000));
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.stringContaining("cannot read a jpeg") },
    ]);
  });

  test(
    "under load, with broken ones among them",
    async () => {
      const body = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(photos.path, name)));
      const ask = { path: "/photos", type: "image/jpeg" };
      const sound = [
        { ...ask, name: "a goldfish", body: body("goldfish.jpg"), label: "goldfish" },
        { ...ask, name: "a dog", body: body("dog.jpg"), label: "Walker hound" },
      ];
      const broken = [
        { ...ask, name: "cut", body: body("dog.jpg").slice(0, 40_000), status: 400, reason: "cannot read a jpeg" },
        { ...ask, name: "no picture", body: "a dog", status: 400, reason: "no image" },
        { ...ask, name: "GIF", body: `GIF89a${"\0".repeat(40)}`, status: 415, reason: "gif" },
      ];
      expectSound(await sendLoad(worker, count, { sound, broken }), count);
    },
    60_000 + 1000 * count,
  );

  test.each(["dog.jpg", "rose.jpg", "grace_hopper.jpg"])("the pixels of %s are libjpeg's, nearly", async (name) => {
    const file = readFileSync(join(photos.path, name));
    const [plain, turbo] = [await decodeImage(file, { decoders: { jpeg } }), await decodeImage(file)];
    expect([plain.width, plain.height]).toEqual([turbo.width, turbo.height]);
    const off = turbo.data.reduce((sum, value, i) => sum + Math.abs(value - (plain.data[i] as number)), 0);
    expect(off / turbo.data.length).toBeLessThan(3); // colours are not smoothed between their samples
  });
});

test("a bucket without the model is an error that says so", async () => {
  install(join(root, "examples/edge/jpeg"));
  await build(["bundles"]);
  mkdirSync(join(root, "build"), { recursive: true });
  const empty = mkdtempSync(join(root, "build/edge-bucket-"));
  const worker = await startWorker(root, "examples/edge/worker/photos.ts", { bucket: empty });
  try {
    const response = await fetch(`${worker.url}/health`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: expect.stringContaining("there is no classes.txt in MODELS") },
    ]);
  } finally {
    await worker.close();
    rmSync(empty, { recursive: true, force: true });
  }
});
