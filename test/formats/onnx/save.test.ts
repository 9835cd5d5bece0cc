/** Networks written as ONNX files and read back: the same answers, also for sizes that were left open. */
import { describe, expect, test } from "vitest";
import { inspect, load, save } from "../../../ts/formats/onnx/index.ts";
import {
  argsort,
  concat,
  cumsum,
  manualSeed,
  nn,
  Parameter,
  randn,
  type Tensor,
  tensor,
  zeros,
} from "../../../ts/index.ts";

manualSeed(7);

/** A module of a function. */
class Of extends nn.Module<Tensor[], Tensor> {
  readonly parts: nn.Module[];
  readonly #f: (...inputs: Tensor[]) => Tensor;

  constructor(f: (...inputs: Tensor[]) => Tensor, ...parts: nn.Module[]) {
    super();
    this.#f = f;
    this.parts = parts;
  }

  override forward(...inputs: Tensor[]): Tensor {
    return this.#f(...inputs);
  }
}

/** What a file computes and what the module does. */
async function expectSame(module: nn.Module<Tensor[], Tensor>, bytes: Uint8Array, ...inputs: Tensor[]): Promise<void> {
  const session = await load(bytes);
  const feeds = Object.fromEntries(session.inputs.map(({ name }, i) => [name, inputs[i] as Tensor]));
  const result = (await session.run(feeds))["output"] as Tensor;
  const wanted = await module.run(...inputs);
  expect(result.shape).toEqual(wanted.shape);
  expect(result.dtype).toBe(wanted.dtype);
  const [own, other] = [await result.data(), await wanted.data()];
  for (let i = 0; i < other.length; i++) {
    expect(Math.abs(Number(own[i]) - Number(other[i]))).toBeLessThan(1e-5 * Math.max(1, Math.abs(Number(other[i]))));
  }
}

describe("save", () => {
  test("a convolutional network, for any batch", async () => {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 6, 5, { padding: 2 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(6, 8, 3, { stride: 2 }),
      new nn.GELU(),
      new nn.AvgPool2d(2),
      new nn.Dropout(0.5),
      new nn.Flatten(),
      new nn.Linear(72, 10),
    ) as unknown as nn.Module<Tensor[], Tensor>;
    const bytes = await save(model, { inputs: { x: [null, 1, 28, 28] } });
    for (const batch of [1, 3]) await expectSame(model, bytes, randn([batch, 1, 28, 28]));
    const session = await load(bytes);
    expect(session.inputs).toMatchObject([{ name: "x", dtype: "float32", shape: ["x_0", 1, 28, 28] }]);
    expect(session.outputs).toMatchObject([{ name: "output", dtype: "float32", shape: ["x_0", 10] }]);
    expect(model.training).toBe(true);
  });

  test("weights have their names and are stored once", async () => {
    const shared = new nn.Linear(4, 4);
    const model = new Of((x) => shared.forward(shared.forward(x)), shared);
    const bytes = await save(model, { inputs: { x: [null, 4] }, outputs: ["y"] });
    const session = await load(bytes, { trainable: true });
    expect([...session.parameters.keys()].sort()).toEqual(["parts.0.bias", "parts.0.weight"]);
    expect(session.outputs.map(({ name }) => name)).toEqual(["y"]);
    expect((await inspect(bytes)).producer).toBe("hebb");
  });

  test("images of any size", async () => {
    const conv = new nn.Conv2d(3, 4, 3, { padding: 1, stride: 2 });
    const model = new Of((x) => conv.forward(x).relu().mean([2, 3]), conv);
    const bytes = await save(model, { inputs: { image: [null, 3, null, null] } });
    await expectSame(model, bytes, randn([2, 3, 16, 24]));
    await expectSame(model, bytes, randn([1, 3, 9, 7]));
  });

  test.each<[string, (a: Tensor, b: Tensor) => Tensor]>([
    [
      "arithmetic",
      (a, b) =>
        a
          .add(b)
          .mul(2)
          .sub(a.div(b.abs().add(1)))
          .maximum(b)
          .neg(),
    ],
    ["functions", (a, b) => a.exp().add(b.sigmoid()).log().tanh().add(a.abs().sqrt()).add(b.sin().mul(b.erf()))],
    ["small differences", (a, b) => a.abs().log1p().add(b.expm1())],
    ["comparisons", (a, b) => a.where(a.lt(b), b.pow(2)).where(a, b)],
    [
      "reductions",
      (a, b) =>
        a
          .sum(1, { keepdim: true })
          .add(b.amax(0))
          .add(a.prod(1, { keepdim: true })),
    ],
    ["positions", (a, b) => a.argmax(1).add(b.argmax(1))],
    ["softmax", (a, b) => a.softmax(0).add(b.logSoftmax(1))],
    ["products", (a, b) => a.matmul(b.t()).relu()],
    ["movement", (a, b) => concat([a.flip([1]), b.slice([1, 3])], 0).permute([1, 0])],
    ["types", (a) => a.mul(3).to("int32").add(1)],
  ])("%s", async (_, f) => {
    const model = new Of(f);
    const bytes = await save(model, { inputs: { a: [5, 3], b: [5, 3] } });
    await expectSame(model, bytes, randn([5, 3]), randn([5, 3]));
  });

  test("attention over sequences of any length: sizes that only the input knows", async () => {
    const [q, k, v] = [new nn.Linear(8, 8), new nn.Linear(8, 8), new nn.Linear(8, 8)];
    const heads = (x: Tensor): Tensor => {
      const [b, t] = x.shape as [number, number];
      return x.reshape([b, t, 2, 4]).permute([0, 2, 1, 3]);
    };
    const model = new Of(
      (x) => {
        const [a, b, c] = [q, k, v].map((part) => heads(part.forward(x))) as [Tensor, Tensor, Tensor];
        const weights = a
          .matmul(b.permute([0, 1, 3, 2]))
          .mul(0.5)
          .softmax(-1);
        return weights.matmul(c).permute([0, 2, 1, 3]).reshape(x.shape).add(x);
      },
      q,
      k,
      v,
    );
    const bytes = await save(model, { inputs: { x: [null, null, 8] } });
    await expectSame(model, bytes, randn([2, 5, 8]));
    await expectSame(model, bytes, randn([1, 3, 8]));
  });

  test("constants that are repeated over open sizes", async () => {
    const conv = new nn.Conv2d(1, 2, 3);
    const model = new Of((x) => {
      const y = conv.forward(x);
      return y
        .lt(0)
        .where(y.mul(0.1), y)
        .add(zeros([1]).add(y.sum()));
    }, conv);
    const bytes = await save(model, { inputs: { x: [1, 1, null, null] } });
    await expectSame(model, bytes, randn([1, 1, 7, 9]));
  });

  test("integers in, and several results", async () => {
    const table = new Parameter(randn([6, 4]), "table");
    class Lookup extends nn.Module<[Tensor], { row: Tensor; length: Tensor }> {
      table = table;
      override forward(x: Tensor): { row: Tensor; length: Tensor } {
        const row = this.table.indexSelect(0, x);
        return { row, length: row.mul(row).sum(-1).sqrt() };
      }
    }
    const model = new Lookup();
    const bytes = await save(model, { inputs: { index: { shape: [null], dtype: "int32" } } });
    const session = await load(bytes);
    const index = tensor([5, 0, 2], { dtype: "int32" });
    const { row, length } = (await session.run({ index })) as Record<string, Tensor>;
    const wanted = await model.run(index);
    expect(await row?.array()).toEqual(await wanted.row.array());
    expect((await length?.data())?.length).toBe(3);
  });

  test("what no operator does is refused, all of it at once", async () => {
    const model = new Of((x) => cumsum(x, 0).add(argsort(x).to("float32")));
    await expect(save(model, { inputs: { x: [4] } })).rejects.toThrow(/^onnx: cannot save \w+, \w+: no operator/);
  });

  test("what depends on a size otherwise than ONNX can say is refused", async () => {
    const model = new Of((x) => x.mul(x.shape[0] as number).add(zeros([(x.shape[0] as number) * 2, 1]).sum()));
    await expect(save(model, { inputs: { x: [null] } })).rejects.toThrow(/^onnx: cannot save/);
    const branching = new Of((x) => ((x.shape[0] as number) > 200 ? x.relu() : x.neg()));
    await expect(save(branching, { inputs: { x: [null] } })).rejects.toThrow(/other things for other sizes/);
  });

  test("names of outputs that there are not", async () => {
    const model = new Of((x) => x.neg());
    await expect(save(model, { inputs: { x: [1] }, outputs: ["a", "b"] })).rejects.toThrow(/cannot name 1 outputs/);
  });
});
