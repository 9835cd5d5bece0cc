import { beforeAll, describe, expect, it } from "vitest";
import * as hebb from "../../ts/index.ts";
import { checkGradients, checkValues, type Failure, type Layout, layouts } from "./check.ts";
import { table } from "./table.ts";

const show = (failure: Failure | null): string =>
  failure === null ? "ok" : `${failure.what}: error ${failure.error.toExponential(2)}, allowed ${failure.allowed}`;

for (const deterministic of [true, false]) {
  describe(deterministic ? "plain SIMD" : "the build that fits the engine", () => {
    beforeAll(() => hebb.init({ device: "wasm", deterministic }));

    describe.each(Object.keys(layouts) as Layout[])("%s inputs", (layout) => {
      it.each(table.map((item) => [item.name, item] as const))("%s", async (_, item) => {
        expect(show(await checkValues(hebb, item, layout))).toBe("ok");
        expect(show(await checkGradients(hebb, item, layout))).toBe("ok");
      });
    });
  });
}
