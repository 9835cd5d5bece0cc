import { describe, expect, test } from "vitest";
import { recurrent } from "../../ts/device/wasm/recurrent.ts";
import { array64 } from "../ops/oracle.ts";
import { recurrentOracle } from "../ops/recurrent-oracle.ts";
import { array, builds, operand, random, runKernel } from "./harness.ts";

const acts = ["sigmoid", "tanh", "tanh"].map((name) => ({ name, alpha: 0, beta: 0 }));
const cells = { rnn: 1, gru: 3, lstm: 4 } as const;

describe.each(builds)("on the $name build", (build) => {
  test.each(
    (["rnn", "gru", "lstm"] as const).flatMap((cell) =>
      [1, 2, 3, 5].flatMap((b) => [1, 4, 6, 19].map((h) => [cell, b, h] as const)),
    ),
  )("%s of a batch of %i with %i units, by any number of threads", (cell, b, h) => {
    const [t, gates, states] = [4, cells[cell], cell === "lstm" ? 2 : 1];
    const list = cell === "rnn" ? acts.slice(1, 2) : cell === "gru" ? acts.slice(0, 2) : acts;
    const x = random(t * b * 2 * gates * h, 3);
    const r = random(2 * gates * h * h, 5);
    const lengths = Int32Array.from({ length: b }, (_, i) => t - (i % 3));
    const kernel = {
      kind: "op" as const,
      op: cell,
      inputs: [operand(1, [t, b, 2 * gates * h]), operand(2, [2, gates * h, h]), operand(3, [b], "int32")],
      output: operand(0, [t + states, 2, b, h]),
      attrs: {
        direction: "bidirectional",
        activations: [...list, ...list].map(({ name }) => `${name} 0 0`).join(),
        clip: 0,
        variant: false,
        given: "lengths",
      },
      epilogue: null,
    };
    const y = runKernel(build, [array("float32", (t + states) * 2 * b * h), x, r, lengths], (out) =>
      recurrent(kernel, out),
    )[0] as Float32Array;
    // The projections are the inputs themselves, each gate of each direction reading its own.
    const wide = 2 * gates * h;
    const wanted = recurrentOracle(
      {
        x: array64([t, b, wide], x),
        w: array64([2, gates * h, wide], (i) => (i % wide === Math.floor(i / wide) ? 1 : 0)),
        r: array64([2, gates * h, h], r),
      },
      { cell, backwards: [false, true], activations: [...list, ...list], lengths: [...lengths] },
    );
    wanted.data.forEach((value, i) => {
      expect(Math.abs((y[i] as number) - value), `element ${i}`).toBeLessThanOrEqual(2e-5);
    });
  });
});
