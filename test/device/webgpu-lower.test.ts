/** Lowering to dispatches, without a GPU: what is bound, what is staged, how indices are printed. */
import { describe, expect, test } from "vitest";
import { cannot } from "../../ts/device/webgpu/cannot.ts";
import type { Dispatch } from "../../ts/device/webgpu/dispatch.ts";
import { lower } from "../../ts/device/webgpu/lower.ts";
import { printIndex } from "../../ts/device/webgpu/map.ts";
import { arena, contextOf } from "../../ts/device/webgpu/operands.ts";
import { prepareHalves } from "../../ts/device/webgpu/prepare-halves.ts";
import { specialize } from "../../ts/device/webgpu/shader.ts";
import { graphKey, type Root } from "../../ts/graph/key.ts";
import { makeSource, Node, noAttrs } from "../../ts/graph/node.ts";
import { expand } from "../../ts/ops/broadcast.ts";
import { conv2d, conv2dInput } from "../../ts/ops/conv2d.ts";
import { add, cast, exp, mul, num, sub } from "../../ts/ops/elementwise.ts";
import { hostLeaf, leaf } from "../../ts/ops/leaf.ts";
import { matmul } from "../../ts/ops/matmul.ts";
import { maxPool2d } from "../../ts/ops/pool2d.ts";
import { softmax } from "../../ts/ops/softmax.ts";
import { compile } from "../compiler/compiled.ts";

const storageBuffers = 8;
const abilities = { page: 2 ** 31 - 256, storageBuffers, subgroup: 1, software: false, packedDot: false };

function dispatches(roots: readonly Root[], software = false): Dispatch[] {
  const compiled = compile(roots, graphKey(roots).leaves, { operands: 32, instructions: 64 });
  const context = contextOf(compiled, { ...abilities, software });
  return compiled.schedule.kernels.flatMap((kernel) => lower(kernel, context));
}

const resident = (shape: number[] = [50]): Node => leaf(makeSource(null, {}, true), shape, "float32");
const many = (count: number): Node[] => Array.from({ length: count }, () => resident());

describe("lowering to the GPU", () => {
  test("binds the arena once, and buffers of their own as far as the adapter allows", () => {
    const [only, ...more] = dispatches([{ node: many(12).reduce(add) }]);
    expect(more).toEqual([]);
    expect(only?.slots).toHaveLength(storageBuffers);
    expect(only?.slots[0]).toEqual({ buffer: arena, page: 0 });
    expect(only?.staged).toHaveLength(12 - (storageBuffers - 1));
    expect(only?.staged.some(({ written }) => written)).toBe(false);
    // They lie one after another behind what is planned.
    const offsets = only?.staged.map(({ offset }) => offset) ?? [];
    expect(offsets.map((offset) => offset - (offsets[0] as number))).toEqual([0, 200, 400, 600, 800]);
  });

  test("copies back what an update wrote to a buffer that was not bound", () => {
    const step = exp(hostLeaf(new Float32Array(50), [50], "float32"));
    const cells = many(9);
    const [only, ...more] = dispatches(cells.map((cell) => ({ node: sub(cell, step), into: cell })));
    expect(more).toEqual([]);
    expect(only?.staged.map(({ written }) => written)).toEqual([true, true]);
  });

  test("updates all parameters in as few dispatches as their buffers allow", () => {
    const rate = hostLeaf(Float32Array.of(0.5), [1], "float32");
    const updates = [7, 300, 12].map((size): Root => {
      const cell = resident([size]);
      const gradient = exp(hostLeaf(new Float32Array(size), [size], "float32"));
      return { node: sub(cell, mul(gradient, expand(rate, [size]))), into: cell };
    });
    const [only, ...more] = dispatches(updates).filter(({ label }) => label.includes("sub"));
    expect(more).toEqual([]);
    expect(only?.slots).toHaveLength(4);
    expect(only?.words[0]).toBe(319);
    const many = Array.from({ length: 20 }, (): Root => {
      const [cell, other] = [resident([9]), resident([9])];
      return { node: sub(cell, mul(other, num(2, other))), into: cell };
    });
    expect(dispatches(many).map(({ slots }) => slots.length)).toEqual([7, 7, 7, 7, 7, 7, 5]);
  });

  test("programs that differ in starts alone share their text", () => {
    const text = (offset: number) => {
      const x = hostLeaf(new Float32Array(64 * (1 + offset)), [64 * (1 + offset)], "float32");
      const y = hostLeaf(new Float32Array(64), [64], "float32");
      const all = dispatches([{ node: exp(x) }, { node: mul(exp(y), num(3, y)) }]);
      return all[all.length - 1] as Dispatch;
    };
    const [near, far] = [text(0), text(9)];
    expect(near.words).not.toEqual(far.words);
    expect(near.code).toBe(far.code);
    // 3 comes as its bits.
    expect(near.words).toContain(new Int32Array(Float32Array.of(3).buffer)[0]);
  });

  test("spreads what is more than an axis of groups holds", () => {
    const options = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: 1 } as const;
    const [x, w] = [resident([16, 3, 2048, 2048]), resident([8, 3, 5, 5])];
    const window = { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], dilation: [1, 1] } as const;
    const many = [
      conv2d(x, w, options),
      conv2dInput(resident([16, 8, 2044, 2044]), w, [2048, 2048], options),
      maxPool2d(x, window),
      matmul(resident([2 ** 24, 64]), resident([64, 20])),
      matmul(resident([2 ** 22, 3, 2]), resident([2 ** 22, 2, 5])),
    ];
    for (const node of many) {
      const all = dispatches([{ node }]);
      expect(all.map(({ groups: [gx, gy, gz] }) => gx * gy * gz).some((count) => count > 65535)).toBe(true);
      expect(all.flatMap(({ groups }) => groups).every((count) => count <= 65535)).toBe(true);
    }
  });

  test("cuts a long product of few outputs, and runs the epilogue behind the sum of the parts", () => {
    const sum = exp(matmul(resident([100, 5000]), resident([5000, 90])));
    const [parts, last, ...more] = dispatches([{ node: sum }]);
    expect(more).toEqual([]);
    expect(parts?.groups[0]).toBeGreaterThan(32);
    expect(parts?.fused).toBe(undefined);
    expect(last?.fused).toBe(true);
    expect(parts?.arenaBytes).toBe(last?.arenaBytes);
  });

  test("filters large planes in bands of tiles, with memory for one", () => {
    const options = { stride: [1, 1], dilation: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const;
    const filtered = (side: number, software: boolean) => {
      const y = exp(conv2d(resident([1, 64, side, side]), resident([64, 64, 3, 3]), options));
      const all = dispatches([{ node: y }], software);
      const bytes = Math.max(...all.map(({ arenaBytes }) => arenaBytes)) - 4 * 64 * side * side;
      const rest = all.map(
        ({ label, fused }) => `${/: (\w+)/.exec(label)?.[1] ?? "y"}${fused === true ? ", fused" : ""}`,
      );
      return { bytes, filters: rest.shift(), rest };
    };
    const band = ["tiles", "products", "y, fused"];
    for (const [side, software, bands] of [
      [56, false, 1],
      [224, false, 2],
      [448, false, 7],
      [56, true, 1],
      [112, true, 4],
    ] as const) {
      const { bytes, filters, rest } = filtered(side, software);
      expect(filters).toBe("filters");
      expect(rest).toEqual(Array.from({ length: bands }, () => band).flat());
      expect(bytes).toBeLessThan(software ? 5e6 : 35e6);
    }
  });

  test("refuses dtypes that shaders have no code for", () => {
    const wide = leaf(makeSource(null, {}, true), [4], "float64");
    expect(() => dispatches([{ node: add(wide, wide) }])).toThrow(
      /^webgpu: cannot compute float64: the device holds float32, float16, .*, bool alone$/,
    );
  });

  test("an index merges the axes that all windows walk as one", () => {
    expect(printIndex([2, 3, 4], [[12, 4, 1]])).toEqual({ lines: [], places: ["i"] });
    expect(printIndex([2, 3, 4], [[0, 0, 0]]).places).toEqual(["0"]);
    expect(
      printIndex(
        [2, 3, 4],
        [
          [12, 4, 1],
          [0, 0, -1],
        ],
      ),
    ).toEqual({ lines: ["let p1 = i % 4;", "let rest1 = i / 4;"], places: ["rest1 * 4 + p1", "p1 * -1"] });
  });

  test("says what it cannot run: dtypes, kernels that lowering refuses, rows beyond all bindings", async () => {
    await prepareHalves(2, 1);
    const bounds = { ...abilities, clusters: { operands: 32, instructions: 64 } };
    const x = resident();
    expect(cannot(softmax(x, 0), bounds)).toBe(null);
    expect(cannot(add(x, exp(x)), bounds)).toBe(null);
    expect(cannot(cast(x, "int64"), bounds)).toBe("webgpu holds no int64");
    expect(cannot(exp(cast(cast(x, "float64"), "float32")), bounds)).toBe(null);
    expect(cannot(exp(resident([2 ** 29])), bounds)).toMatch(/^webgpu holds no tensor of 2147483648 bytes/);
    const small = { ...bounds, page: 256 };
    expect(cannot(softmax(resident([20_000]), 0), small)).toMatch(
      /^webgpu: cannot bind 626 parts of 256 bytes at once/,
    );
    expect(cannot(softmax(resident([100, 200]), 1), small)).toBe(null);
    const unknown = new Node({ name: "unheard", kind: "kernel", gradient: null }, [x], noAttrs, [50], "float32");
    expect(cannot(unknown, bounds)).toMatch(/^unheard: cannot run on the webgpu device/);
  });

  test("a section that the text lacks is an error", () => {
    const text = "//! map\nfn map() {}\n//! end\n";
    expect(specialize(text, { map: "fn map() { let x = 1; }" })).toBe("fn map() { let x = 1; }\n");
    expect(() => specialize(text, { maps: "" })).toThrow("shader: cannot replace maps");
  });
});
