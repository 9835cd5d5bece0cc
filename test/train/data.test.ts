/** Datasets, loaders and splits: order, seeds, partial batches, what is copied, what is refused. */
import { describe, expect, it } from "vitest";
import { data, manualSeed, type Tensor, tensor } from "../../ts/index.ts";

const numbers = (n: number): data.TensorDataset<"x" | "y"> =>
  data.arrayDataset({
    x: { data: Float32Array.from({ length: 2 * n }, (_, i) => i / 2), shape: [n, 2] },
    y: Uint8Array.from({ length: n }, (_, i) => i),
  });

async function labels(batches: AsyncIterable<{ readonly y: Tensor }>): Promise<number[][]> {
  const found: number[][] = [];
  for await (const { y } of batches) found.push([...(await y.data())]);
  return found;
}

describe("a loader", () => {
  it("gives batches in order, the last one partial", async () => {
    const loader = new data.DataLoader(numbers(7), { batchSize: 3 });
    expect(loader.length).toBe(3);
    expect(await labels(loader)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    const [first] = [...loader];
    expect(first?.x.shape).toEqual([3, 2]);
    expect(first?.y.dtype).toBe("uint8");
    expect(await first?.x.array()).toEqual([
      [0, 0.5],
      [1, 1.5],
      [2, 2.5],
    ]);
  });

  it("leaves out a partial batch when told to", async () => {
    const loader = new data.DataLoader(numbers(7), { batchSize: 3, dropLast: true });
    expect(loader.length).toBe(2);
    expect((await labels(loader)).flat()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("shuffles every pass anew, the same way for the same seed", async () => {
    const passes = async (seed: number): Promise<number[][]> => {
      const loader = new data.DataLoader(numbers(50), { batchSize: 8, shuffle: true, seed });
      return [(await labels(loader)).flat(), (await labels(loader)).flat()];
    };
    const [one, again, other] = [await passes(1), await passes(1), await passes(2)];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    expect(one[0]).not.toEqual(one[1]);
    for (const pass of one) expect([...pass].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    manualSeed(5);
    const free = new data.DataLoader(numbers(50), { batchSize: 50, shuffle: true });
    const first = await labels(free);
    manualSeed(5);
    expect(await labels(free)).toEqual(first);
  });

  it("keeps x and y together", async () => {
    for await (const { x, y } of new data.DataLoader(numbers(20), { batchSize: 6, shuffle: true, seed: 3 })) {
      expect(await x.select(1, 0).array()).toEqual([...(await y.data())]);
    }
  });

  it("does not copy neighbours, and scales in the graph", async () => {
    const pixels = Uint8Array.from({ length: 12 }, (_, i) => i * 20);
    const plain = data.arrayDataset({ x: { data: pixels, shape: [3, 1, 2, 2] } });
    const [batch] = [...new data.DataLoader(plain, { batchSize: 2 })];
    const host = batch?.x.node.source?.host as Uint8Array;
    expect(host.buffer).toBe(pixels.buffer);
    const scaled = data.arrayDataset({ x: { data: pixels, shape: [3, 4], scale: 1 / 255, shift: -0.5 } });
    const [one] = [...new data.DataLoader(scaled, { batchSize: 3 })];
    expect(one?.x.dtype).toBe("float32");
    const values = (await one?.x.data()) ?? [];
    pixels.forEach((v, i) => {
      expect(values[i]).toBeCloseTo(v / 255 - 0.5, 6);
    });
  });

  it("applies a transform to every batch", async () => {
    const transform = ({ x, y }: { x: Tensor; y: Tensor }): { x: Tensor; y: Tensor } => ({ x: x.mul(10), y });
    const loader = new data.DataLoader(numbers(3), { batchSize: 2, transform });
    const [first] = [...loader];
    expect(await first?.x.array()).toEqual([
      [0, 5],
      [10, 15],
    ]);
  });

  it("stacks items of a dataset of one's own, promised or not", async () => {
    const get = (i: number) => ({
      x: Float32Array.of(i, -i),
      y: i,
      image: { data: new Uint8Array(6).fill(i), shape: [2, 3] },
    });
    const loader = new data.DataLoader({ length: 3, get }, { batchSize: 2 });
    const batches = [...loader];
    expect(batches.map(({ image }) => image.shape)).toEqual([
      [2, 2, 3],
      [1, 2, 3],
    ]);
    expect(await batches[0]?.x.array()).toEqual([
      [0, -0],
      [1, -1],
    ]);
    expect([batches[1]?.y.dtype, await batches[1]?.y.array()]).toEqual(["float32", [2]]);
    const promised = new data.DataLoader({ length: 3, get: async (i: number) => get(i) }, { batchSize: 3 });
    expect(await labels(promised)).toEqual([[0, 1, 2]]);
    expect(() => [...promised]).toThrow("cannot loop at once over items that come as promises");
  });
});

describe("a split", () => {
  it("parts a dataset without overlap, the same way for the same seed", async () => {
    const parts = data.split(numbers(10), [0.7, 0.3], 4);
    expect(parts.map((part) => part.length)).toEqual([7, 3]);
    const all = parts.flatMap((part) => [...part.indices]).sort((a, b) => a - b);
    expect(all).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(data.split(numbers(10), [0.7, 0.3], 4)[0]?.indices).toEqual(parts[0]?.indices);
    expect(data.split(numbers(10), [0.7, 0.3], 5)[0]?.indices).not.toEqual(parts[0]?.indices);
    const [part] = parts;
    const loader = new data.DataLoader(part, { batchSize: 7 });
    expect((await labels(loader)).flat()).toEqual([...part.indices]);
    expect(await part.get(0)).toEqual(await numbers(10).get(part.indices[0] as number));
    expect(data.split(numbers(10), [0.2, 0.2], 1).map((each) => each.length)).toEqual([2, 2]);
  });
});

describe("bad data", () => {
  const stacking = (get: (i: number) => unknown) => () => [
    ...new data.DataLoader({ length: 2, get }, { batchSize: 2 }),
  ];
  it.each<[string, () => unknown, string]>([
    [
      "nothing",
      () => new data.DataLoader(numbers(0)),
      "DataLoader: cannot load an empty dataset: wanted at least 1 item",
    ],
    [
      "too little for one batch",
      () => new data.DataLoader(numbers(3), { batchSize: 4, dropLast: true }),
      "dropLast leaves none",
    ],
    ["batches of none", () => new data.DataLoader(numbers(3), { batchSize: 0 }), "cannot make batches of 0"],
    [
      "arrays of different lengths",
      () => data.arrayDataset({ x: new Float32Array(4), y: new Uint8Array(3) }),
      "dataset: cannot pair x with y: x has 4 items and y 3",
    ],
    [
      "a shape of another size",
      () => data.arrayDataset({ x: { data: new Uint8Array(10), shape: [3, 4] } }),
      "dataset: cannot shape 10 values of x as [3, 4]: it holds 12",
    ],
    [
      "another dtype",
      () => data.arrayDataset({ x: { data: new Uint8Array(4), dtype: "float32" } }),
      "cannot read Uint8Array of x as float32",
    ],
    ["strings", () => data.arrayDataset({ x: "abc" as unknown as Float32Array }), "cannot hold x"],
    ["a lazy tensor", () => data.arrayDataset({ x: tensor([1]).add(1) }), "the host has no array of its values"],
    ["an item that is not there", () => numbers(3).get(3), "dataset: cannot get item 3: wanted 0 to 2"],
    ["fractions above 1", () => data.split(numbers(9), [0.8, 0.4]), "split: cannot split by [0.8, 0.4]"],
    ["a part without items", () => data.split(numbers(3), [0.9, 0.1]), "part 1 would be empty"],
    ["items that are numbers", stacking((i) => i), "cannot stack number: wanted items such as { x, y }"],
    ["items of two shapes", stacking((i) => ({ x: new Float32Array(i + 1) })), "item 0 is [1] and item 1 [2]"],
    ["items of two kinds", stacking((i) => ({ x: i === 0 ? 1 : new Float32Array(1) })), "some items hold numbers"],
    ["items that lack a name", stacking((i) => (i === 0 ? { x: new Float32Array(1) } : {})), "cannot stack x"],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("a dataset of two tensors", () => {
  it("names them x and y", async () => {
    const pairs = new data.TensorDataset(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      tensor([0, 1, 2], { dtype: "int32" }),
    );
    const batches: unknown[] = [];
    for await (const { x, y } of new data.DataLoader(pairs, { batchSize: 2 })) {
      batches.push([await x.array(), await y.array()]);
    }
    expect(batches).toEqual([
      [
        [
          [1, 2],
          [3, 4],
        ],
        [0, 1],
      ],
      [[[5, 6]], [2]],
    ]);
  });
});
