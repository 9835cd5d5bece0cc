/** Large networks whose weights are one number each: any image gives all classes alike. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { load } from "../../../ts/formats/onnx/index.ts";
import { tensorProto } from "../../../ts/formats/onnx/proto/schema.ts";
import { readMessage } from "../../../ts/formats/onnx/proto/wire.ts";
import { Tensor } from "../../../ts/index.ts";
import { sharedData } from "../../shared-data.ts";
import { expectClose, suiteTolerance, tensorFeed } from "./suite.ts";

const names = ["bvlc_alexnet", "inception_v2", "resnet50", "shufflenet", "squeezenet", "vgg19", "zfnet512"];

describe("light models", () => {
  for (const name of names) {
    const { path, missing, reason } = sharedData(`onnx/light/light_${name}.onnx`);
    test.skipIf(missing)(`${name}${reason}`, async () => {
      const session = await load(new Uint8Array(readFileSync(path)));
      const [input] = session.inputs;
      const size = (input?.shape ?? []).reduce<number>((product, length) => product * Number(length), 1);
      const image = Float32Array.from({ length: size }, (_, i) => i / size);
      const [result] = Object.values(await session.run({ [input?.name as string]: image }));
      const reference = path.replace(".onnx", "_output_0.pb");
      const wanted = tensorFeed(readMessage(new Uint8Array(readFileSync(reference)), tensorProto, reference)) as Tensor;
      if (!(result instanceof Tensor)) throw new Error("the result is no tensor");
      expect(result.shape).toEqual(wanted.shape);
      expectClose(name, await result.data(), await wanted.data(), suiteTolerance("float32", []));
    });
  }
});
