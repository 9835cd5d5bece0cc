/** Constant right factors, and the recurrent weights of cells, are laid out once. */
import { beforeAll, describe, expect, it } from "vitest";
import { init, Tensor } from "../../ts/index.ts";
import { type CellName, recurrent } from "../../ts/ops/recurrent.ts";
import { constant, input, names } from "./packed.ts";

async function expectSame(packed: Tensor, plain: Tensor): Promise<void> {
  const wanted = await plain.data();
  (await packed.data()).forEach((value, i) => {
    expect(Math.abs(Number(value) - Number(wanted[i])), `element ${i}`).toBeLessThan(2e-5);
  });
}

describe("on a device", () => {
  beforeAll(() => init({ device: "wasm" }));

  // One row, two, an odd number, many; widths of whole panels and with rests, depths that are no multiple of four.
  const sizes = [1, 2, 3, 70].flatMap((m) =>
    [16, 21, 32, 45, 130].flatMap((n) => [8, 13, 300].map((k): [number, number, number] => [m, k, n])),
  );
  it.each(sizes)("[%i, %i] times [.., %i]: the product by a packed factor, and its epilogue", async (m, k, n) => {
    const of = (b: Tensor): Tensor =>
      input([m, k], 3)
        .matmul(b)
        .add(input([n], 5))
        .relu();
    expect(names(of(constant([k, n], 7)))).toContain("matmulPacked");
    expect(names(of(input([k, n], 7)))).not.toContain("matmulPacked");
    await expectSame(of(constant([k, n], 7)), of(input([k, n], 7)));
  });

  it("factors read transposed, rows with gaps and in columns", async () => {
    for (const m of [1, 2, 9]) {
      const rows = (x: Tensor): Tensor => x.slice([0, 2 * m, 2]);
      await expectSame(
        rows(input([2 * m, 24], 3)).matmul(constant([40, 24], 7).t()),
        rows(input([2 * m, 24], 3)).matmul(input([40, 24], 7).t()),
      );
      await expectSame(
        input([24, m], 3)
          .t()
          .matmul(constant([24, 40], 7)),
        input([24, m], 3)
          .t()
          .matmul(input([24, 40], 7)),
      );
    }
  });

  it("narrow and shallow products are left as they are", () => {
    expect(names(input([5, 64], 3).matmul(constant([64, 10], 7)))).not.toContain("matmulPacked");
    expect(names(input([5, 4], 3).matmul(constant([4, 64], 7)))).not.toContain("matmulPacked");
  });

  const cells = (["rnn", "gru", "lstm"] as const).flatMap((cell) =>
    [1, 3].flatMap((b) => [8, 13, 35].map((h): [CellName, number, number] => [cell, b, h])),
  );
  it.each(cells)("%s of a batch of %i with %i units", async (cell, b, h) => {
    const gates = { rnn: 1, gru: 3, lstm: 4 }[cell];
    const list = ["sigmoid", "tanh", "tanh"].slice(cell === "rnn" ? 1 : 0, cell === "lstm" ? 3 : 2);
    const functions = [...list, ...list].map((name) => ({ name, alpha: 0, beta: 0 }));
    const of = (r: Tensor): Tensor =>
      new Tensor(
        recurrent(
          cell,
          { x: input([4, b, 6], 3).node, w: input([2, gates * h, 6], 5).node, r: r.node },
          { direction: "bidirectional", activations: functions, clip: 0, variant: false },
        ).y,
      );
    const shape = [2, gates * h, h];
    expect(names(of(constant(shape, 0.7)))).toContain("matmulPack");
    expect(names(of(input(shape, 0.7)))).not.toContain("matmulPack");
    await expectSame(of(constant(shape, 0.7)), of(input(shape, 0.7)));
  });
});
