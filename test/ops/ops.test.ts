import { beforeAll, describe, expect, it } from "vitest";
import * as hebb from "../../ts/index.ts";
import { shareAll } from "../device/shared.ts";
import { checkGradients, checkValues, type Failure, type Layout, layouts } from "./check.ts";
import { table } from "./table.ts";

const show = (failure: Failure | null): string =>
  failure === null ? "ok" : `${failure.what}: error ${failure.error.toExponential(2)}, allowed ${failure.allowed}`;

/** HEBB_THREADS=2 runs the table with every command shared by two threads, however small. */
const threads = Number(process.env["HEBB_THREADS"] ?? 1);

const start = (options: hebb.InitOptions): Promise<void> =>
  threads > 1 ? shareAll(threads, { ...options, kernels: "full" }) : hebb.init(options);

for (const deterministic of [true, false]) {
  describe(deterministic ? "plain SIMD" : "the build that fits the engine", () => {
    beforeAll(() => start({ device: "wasm", deterministic }), 90_000);

    describe.each(Object.keys(layouts) as Layout[])("%s inputs", (layout) => {
      it.each(table.map((item) => [item.name, item] as const))("%s", async (_, item) => {
        expect(show(await checkValues(hebb, item, layout))).toBe("ok");
        expect(show(await checkGradients(hebb, item, layout))).toBe("ok");
      });
    });
  });
}
