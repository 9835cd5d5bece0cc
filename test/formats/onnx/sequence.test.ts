/** Attention and its kin as models made for the web use them: each form against what it stands for. */
import { beforeAll, describe, expect, it } from "vitest";
import { init } from "../../../ts/index.ts";
import { callOperator, type Given, ints, type Received, type Setting } from "./operator.ts";

beforeAll(() => init({ device: "wasm" }));

const random = (shape: readonly number[], seed: number): Given => ({
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin((i + 1) * seed)),
});
const int32 = (...data: number[]): Given => ({ data, dtype: "int32" });

const contributed = (attributes: Setting["attributes"] = {}, outputs = 1): Setting => ({
  opset: 1,
  attributes: attributes as Record<string, number>,
  outputs,
});

function expectClose(actual: Received | undefined, wanted: Received | undefined): void {
  expect(actual?.shape).toEqual(wanted?.shape);
  wanted?.data.forEach((value, i) => {
    expect(Math.abs(Number(actual?.data[i]) - Number(value)), `element ${i}`).toBeLessThan(2e-5);
  });
}

/** Rows [start, end) of axis 1 of [1, t, wide]. */
function rows(x: Given, start: number, end: number): Given {
  const wide = (x.shape as number[])[2] as number;
  return { shape: [1, end - start, wide], data: x.data.slice(start * wide, end * wide) };
}

const [heads, kv, d, t] = [4, 2, 8, 6];
const [q, k, v] = [random([1, t, heads * d], 0.7), random([1, t, kv * d], 1.3), random([1, t, kv * d], 2.1)];
const grouped = { num_heads: heads, kv_num_heads: kv };

/** What ai.onnx makes of the same queries, keys and values. */
const reference = async (attributes: Setting["attributes"] = {}): Promise<Received | undefined> => {
  const settings = { q_num_heads: heads, kv_num_heads: kv, is_causal: 1, ...attributes };
  return (await callOperator("Attention", [q, k, v], { opset: 25, attributes: settings }))[0];
};

describe("com.microsoft.GroupQueryAttention", () => {
  const name = "com.microsoft.GroupQueryAttention";

  it("of a prompt is causal attention", async () => {
    const [y] = await callOperator(name, [q, k, v, null, null, int32(t - 1), int32(t)], contributed(grouped, 3));
    expectClose(y, await reference());
  });

  it("reads queries, keys and values from one tensor", async () => {
    const part = (x: Given, i: number): readonly (number | string)[] => rows(x, i, i + 1).data;
    const data = Array.from({ length: t }, (_, i) => [...part(q, i), ...part(k, i), ...part(v, i)]).flat();
    const packed = { shape: [1, t, (heads + 2 * kv) * d], data };
    const inputs = [packed, null, null, null, null, int32(t - 1), int32(t)];
    expectClose((await callOperator(name, inputs, contributed(grouped, 3)))[0], await reference());
  });

  it.each([false, true])("goes on from its cache token by token, in a buffer that is shared: %s", async (shared) => {
    const size = shared ? 9 : 0;
    let cache: readonly Given[] = [0, 1].map(() => ({
      shape: [1, kv, size, d],
      data: new Array(kv * size * d).fill(0),
    }));
    const got: (number | string)[] = [];
    for (let i = 0; i < t; i++) {
      const inputs = [rows(q, i, i + 1), rows(k, i, i + 1), rows(v, i, i + 1), ...cache, int32(i), int32(i + 1)];
      const [y, ...present] = await callOperator(name, inputs, contributed(grouped, 3));
      got.push(...(y as Received).data);
      expect(present[0]?.shape).toEqual([1, kv, shared ? size : i + 1, d]);
      cache = present.map(({ shape, data }) => ({ shape, data }));
    }
    expectClose({ shape: [1, t, heads * d], dtype: "float32", data: got }, await reference());
  });

  it("sees as many tokens as its window says, its own among them", async () => {
    const inputs = [q, k, v, null, null, int32(t - 1), int32(t)];
    const [y] = await callOperator(name, inputs, contributed({ ...grouped, local_window_size: 2 }, 3));
    expectClose(y, await reference({ left_window_size: 1 }));
  });

  it("turns queries and keys by their positions", async () => {
    const [cos, sin] = [random([16, d / 2], 0.3), random([16, d / 2], 0.9)];
    const turn = async (x: Given, n: number): Promise<Received> => {
      const setting = { opset: 23, attributes: { num_heads: n } };
      const positions = { ...ints(0, 1, 2, 3, 4, 5), shape: [1, t] };
      return (await callOperator("RotaryEmbedding", [x, cos, sin, positions], setting))[0] as Received;
    };
    const [tq, tk] = [await turn(q, heads), await turn(k, kv)] as [Given, Given];
    const setting = { opset: 25, attributes: { q_num_heads: heads, kv_num_heads: kv, is_causal: 1 } };
    const [wanted] = await callOperator("Attention", [tq, tk, v], setting);
    const inputs = [q, k, v, null, null, int32(t - 1), int32(t), cos, sin];
    expectClose((await callOperator(name, inputs, contributed({ ...grouped, do_rotary: 1 }, 3)))[0], wanted);
  });
});

describe("com.microsoft.MultiHeadAttention", () => {
  const name = "com.microsoft.MultiHeadAttention";
  const [a, b, c] = [random([1, t, 16], 0.7), random([1, t, 16], 1.3), random([1, t, 16], 2.1)];
  const plain = { num_heads: 2 };

  it("reads queries, keys and values from one tensor", async () => {
    const [wanted] = await callOperator(name, [a, b, c], contributed(plain));
    // [b, t, heads, 3, d]
    const data = Array.from({ length: t * 2 * 3 * 8 }, (_, i) => {
      const [e, which, head, row] = [i % 8, Math.floor(i / 8) % 3, Math.floor(i / 24) % 2, Math.floor(i / 48)];
      return ([a, b, c][which] as Given).data[row * 16 + head * 8 + e] as number;
    });
    expectClose((await callOperator(name, [{ shape: [1, t, 2, 3, 8], data }], contributed(plain)))[0], wanted);
  });

  it("hides keys by lengths as by a mask", async () => {
    const [wanted] = await callOperator(name, [a, b, c, null, int32(4)], contributed(plain));
    const mask = { ...int32(1, 1, 1, 1, 0, 0), shape: [1, t] };
    expectClose((await callOperator(name, [a, b, c, null, mask], contributed(plain)))[0], wanted);
  });
});

describe("com.microsoft.Attention", () => {
  it("keeps keys and values in one tensor", async () => {
    const [x, w, bias] = [random([1, t, 5], 0.4), random([5, 24], 0.8), random([24], 1.7)];
    const setting = contributed({ num_heads: 2, unidirectional: 1 }, 2);
    const name = "com.microsoft.Attention";
    const [wanted] = await callOperator(name, [x, w, bias], setting);
    const [first, present] = (await callOperator(name, [rows(x, 0, 4), w, bias], setting)) as [Received, Received];
    expect(present.shape).toEqual([2, 1, 2, 4, 4]);
    const past = present as Given;
    const [rest] = (await callOperator(name, [rows(x, 4, t), w, bias, null, past], setting)) as [Received];
    expectClose({ shape: [1, t, 8], dtype: "float32", data: [...first.data, ...rest.data] }, wanted);
  });
});

describe("norms of sums", () => {
  const [x, y, scale, shift] = [random([2, 3, 8], 0.7), random([2, 3, 8], 1.1), random([8], 0.5), random([8], 0.9)];
  const sum = { shape: [2, 3, 8], data: x.data.map((value, i) => Number(value) + Number(y.data[i])) };

  it("SkipLayerNormalization", async () => {
    const setting = contributed({ epsilon: { float: 1e-3 } } as never, 4);
    const got = await callOperator("com.microsoft.SkipLayerNormalization", [x, y, scale, shift], setting);
    const attributes = { epsilon: { float: 1e-3 } };
    const [wanted] = await callOperator("LayerNormalization", [sum, scale, shift], { opset: 17, attributes });
    expectClose(got[0], wanted);
    expectClose(got.at(-1), { ...sum, dtype: "float32" });
  });

  it("SkipSimplifiedLayerNormalization", async () => {
    const attributes = { epsilon: { float: 1e-3 } };
    const setting = { opset: 1, attributes, outputs: 4 };
    const [got] = await callOperator("com.microsoft.SkipSimplifiedLayerNormalization", [x, y, scale], setting);
    expectClose(got, (await callOperator("RMSNormalization", [sum, scale], { opset: 23, attributes }))[0]);
  });
});

describe("FusedMatMul", () => {
  it("transposes the last axes, or moves the first before the last", async () => {
    const name = "com.microsoft.FusedMatMul";
    const [a, b] = [random([2, 3, 4], 0.7), random([2, 3, 5], 1.1)];
    const [y] = await callOperator(name, [a, b], contributed({ transA: 1, alpha: { float: 2 } } as never));
    const at = (x: Given, n: number, i: number, j: number): number =>
      x.data[(n * 3 + i) * (x.shape?.[2] as number) + j] as number;
    const wanted = Array.from({ length: 40 }, (_, index) => {
      const [j, i, n] = [index % 5, Math.floor(index / 5) % 4, Math.floor(index / 20)];
      return 2 * [0, 1, 2].reduce((total, r) => total + at(a, n, r, i) * at(b, n, r, j), 0);
    });
    expectClose(y, { shape: [2, 4, 5], dtype: "float32", data: wanted });
    const moved = await callOperator(
      name,
      [random([4, 2, 3], 0.7), random([2, 3, 5], 1.1)],
      contributed({ transBatchA: 1 }),
    );
    expect(moved[0]?.shape).toEqual([2, 4, 5]);
  });
});
