/**
 * Scheduling: clusters become kernels over buffers.
 *
 * A value is stored when something outside its cluster reads it; movement is folded into the operand that reads; a copy is
 * made only where strides cannot say the view or a kernel wants contiguous data.
 */

import { type DType, dtypes } from "../core/dtype.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import { store } from "../core/storage.ts";
import { isResident, type Root } from "../graph/key.ts";
import type { Node, Source } from "../graph/node.ts";
import { type Cluster, type ClusterLimits, type Clusters, cluster } from "./cluster.ts";
import type { Buffer, Kernel, MapProgram, Operand, Schedule } from "./kernel.ts";
import { MapWriter, permuteMap } from "./map-writer.ts";
import { orderClusters } from "./order.ts";
import { uniformValue } from "./passes/fold.ts";
import { union } from "./passes/origins.ts";
import { contiguousView, isContiguous, moveView, type View, windowView } from "./view.ts";

/** Kernels for the roots; `leaves` number the graph's inputs. */
export function schedule(roots: readonly Root[], leaves: readonly Node[], limits: ClusterLimits): Schedule {
  const clusters = cluster(roots, limits);
  const order = orderClusters(clusters, roots);
  const scheduler = new Scheduler(roots, leaves, clusters, order.aside);
  for (const each of order.clusters) scheduler.emit(each);
  return scheduler.finish();
}

type Draft = { -readonly [K in keyof Buffer]: Buffer[K] };

class Scheduler {
  readonly #roots: readonly Root[];
  readonly #clusters: Clusters;
  readonly #buffers: Draft[] = [];
  readonly #kernels: Kernel[] = [];
  readonly #leaves: number[] = [];
  readonly #leafOf = new Map<Source, number>();
  /** Where a computed value lies. */
  readonly #placed = new Map<Node, Operand>();
  /** Contiguous copies of views. */
  readonly #copies = new Map<Node, Operand>();
  /** Windows of joins that their only reader's input is written to directly. */
  readonly #windows = new Map<Node, { join: Node; input: number }>();
  readonly #constants: number[] = [];
  readonly #constantsBuffer: number;

  constructor(roots: readonly Root[], leaves: readonly Node[], clusters: Clusters, aside: ReadonlySet<Root>) {
    this.#roots = roots;
    this.#clusters = clusters;
    for (const leaf of leaves) {
      const source = leaf.source as Source;
      const buffer = this.#buffer(sizeOf(leaf.shape), leaf.dtype, "leaf", this.#leaves.length, isResident(source));
      this.#leafOf.set(source, buffer);
      this.#leaves.push(buffer);
    }
    this.#constantsBuffer = this.#buffer(0, "float32", "constants", 0, true);
    for (const root of roots) {
      if (root.into === undefined || aside.has(root) || this.#placed.has(root.node)) continue;
      const buffer = this.#leafOf.get(root.into.source as Source) as number;
      this.#placed.set(root.node, { buffer, dtype: root.node.dtype, ...contiguousView(root.node.shape) });
    }
    this.#findWindows();
  }

  /** Emits the kernel of a cluster. */
  emit({ kernel, before, after }: Cluster): void {
    if (kernel === null) {
      const program = this.#map(after, null);
      this.#kernels.push({ kind: "map", ...accountOf(after), programs: [program] });
      return;
    }
    if (kernel.op.kind === "join") {
      this.#join(kernel);
      return;
    }
    const account = accountOf([...before, kernel, ...after]);
    if (kernel.op.kind === "reduce") {
      const reduction = this.#reduction(kernel, before);
      const output = this.#place(kernel);
      const epilogue = after.length === 0 ? null : this.#map(after, kernel);
      this.#kernels.push({ kind: "reduce", ...account, op: kernel.op.name, ...reduction, output, epilogue });
      return;
    }
    const inputs = kernel.inputs.map((input, i) => {
      const operand = this.#read(input);
      return kernel.op.strided?.[i] === true || isContiguous(operand) ? operand : this.#copy(input, operand);
    });
    const output = this.#place(kernel);
    const epilogue = after.length === 0 ? null : this.#map(after, kernel);
    this.#kernels.push({ kind: "op", ...account, op: kernel.op.name, inputs, output, attrs: kernel.attrs, epilogue });
  }

  /** Stores what is still missing of the roots and closes the schedule. */
  finish(): Schedule {
    const outputs: number[] = [];
    const taken = new Set<number>();
    this.#roots.forEach((root, i) => {
      const { node, into } = root;
      let operand = this.#read(node);
      if (into !== undefined) {
        const target = this.#leafOf.get(into.source as Source) as number;
        if (operand.buffer !== target)
          this.#copyInto({ buffer: target, dtype: node.dtype, ...contiguousView(node.shape) }, operand, "update", node);
        outputs.push(target);
        return;
      }
      const buffer = this.#buffers[operand.buffer] as Draft;
      const whole = isContiguous(operand) && operand.offset === 0 && buffer.size === sizeOf(node.shape);
      if (buffer.place !== "temp" || !whole || taken.has(operand.buffer)) {
        operand = this.#fresh(node.shape, node.dtype);
        this.#copyInto(operand, this.#read(node), "copy", node);
      }
      const own = this.#buffers[operand.buffer] as Draft;
      own.place = "output";
      own.index = i;
      taken.add(operand.buffer);
      outputs.push(operand.buffer);
    });
    (this.#buffers[this.#constantsBuffer] as Draft).size = this.#constants.length;
    return {
      buffers: this.#buffers,
      kernels: this.#kernels,
      leaves: this.#leaves,
      outputs,
      constants: Int32Array.from(this.#constants),
    };
  }

  #buffer(size: number, dtype: DType, place: Buffer["place"] = "temp", index = -1, resident = false): number {
    this.#buffers.push({ size, dtype, place, index, resident });
    return this.#buffers.length - 1;
  }

  #fresh(shape: Shape, dtype: DType): Operand {
    return { buffer: this.#buffer(sizeOf(shape), dtype), dtype, ...contiguousView(shape) };
  }

  /** Where the value of a node is written. */
  #place(node: Node): Operand {
    let operand = this.#placed.get(node);
    if (operand === undefined) {
      const window = this.#windows.get(node);
      operand = window === undefined ? this.#fresh(node.shape, node.dtype) : this.#window(window.join, window.input);
      this.#placed.set(node, operand);
    }
    return operand;
  }

  /** Where the value of a node is read: a window on a buffer that exists. */
  #read(node: Node): Operand {
    const value = uniformValue(node);
    if (value !== undefined) return this.#constant(value, node);
    if (node.source !== null) {
      const buffer = this.#leafOf.get(node.source) as number;
      return { buffer, dtype: node.dtype, ...contiguousView(node.shape) };
    }
    const placed = this.#placed.get(node) ?? this.#copies.get(node);
    if (placed !== undefined) return placed;
    if (node.op.kind !== "view") throw new Error(`schedule: cannot read ${node.op.name}: it was never computed`);
    const input = node.inputs[0] as Node;
    let operand = this.#read(input);
    let view = moveView(operand, node);
    if (view === null) {
      operand = this.#copy(input, operand);
      view = moveView(operand, node) as View;
    }
    return { ...operand, ...view };
  }

  #constant(value: number, node: Node): Operand {
    const dtype = constantType(node.dtype);
    const words = new Int32Array(store(dtype, [value]).buffer);
    const offset = this.#constantAt(words) / words.length;
    return { buffer: this.#constantsBuffer, dtype, offset, shape: node.shape, strides: node.shape.map(() => 0) };
  }

  /** Where the words of a constant lie, aligned to their number. */
  #constantAt(words: Int32Array): number {
    const all = this.#constants;
    for (let at = 0; at + words.length <= all.length; at += words.length) {
      if (words.every((word, i) => all[at + i] === word)) return at;
    }
    while (all.length % words.length !== 0) all.push(0);
    return all.push(...words) - words.length;
  }

  #copy(node: Node, operand: Operand): Operand {
    const known = this.#copies.get(node);
    if (known !== undefined) return known;
    const target = this.#fresh(node.shape, node.dtype);
    this.#copyInto(target, operand, "copy", node);
    this.#copies.set(node, target);
    return target;
  }

  /** Writes one operand to another, for the sake of a node. Constants lie as lanes, which small types are cast from. */
  #copyInto(to: Operand, from: Operand, label: string, node: Node): void {
    const casts = from.dtype === to.dtype ? [] : [{ op: "cast", dtype: to.dtype, args: [0] }];
    const outputs = [{ to, value: casts.length === 0 ? 0 : 2 }];
    const program = { shape: to.shape, inputs: [from], outputs, instructions: casts };
    this.#kernels.push({ kind: "map", label, origins: union([node]), programs: [program] });
  }

  /** The map of a cluster's elementwise nodes; after a kernel its output is input 0. */
  #map(members: readonly Node[], kernel: Node | null): MapProgram {
    const last = members[members.length - 1] as Node;
    const writer = new MapWriter(
      last.shape,
      (node) => this.#read(node),
      (node, operand) => this.#copy(node, operand),
    );
    if (kernel !== null) writer.input(kernel);
    const inside = new Set(members);
    for (const node of members) writer.instruction(node, inside);
    const stored = members.filter((node) => this.#isStored(node, inside));
    return writer.finish(stored.map((node) => ({ node, to: this.#place(node) })));
  }

  #isStored(node: Node, inside: ReadonlySet<Node>): boolean {
    if (this.#clusters.escapes.has(node)) return true;
    return (this.#clusters.uses.get(node) ?? []).some((use) => use.edge === "view" || !inside.has(use.by));
  }

  /** The reduction's space as [outer, reduced, inner] and the map that feeds it in that order. */
  #reduction(
    node: Node,
    before: readonly Node[],
  ): { space: [number, number, number]; input: MapProgram; value: number } {
    const source = node.inputs[0] as Node;
    const { shape } = source;
    const axes = node.attrs["axes"] as readonly number[];
    const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i));
    let tail = shape.length;
    while (tail > 0 && !axes.includes(tail - 1)) tail--;
    const order = [...kept.filter((i) => i < tail), ...axes, ...kept.filter((i) => i >= tail)];
    const sizeAlong = (list: readonly number[]) => sizeOf(list.map((i) => shape[i] as number));
    const writer = new MapWriter(
      shape,
      (n) => this.#read(n),
      (n, operand) => this.#copy(n, operand),
    );
    const inside = new Set(before);
    for (const member of before) writer.instruction(member, inside);
    const space: [number, number, number] = [
      sizeAlong(kept.filter((i) => i < tail)),
      sizeAlong(axes),
      sizeAlong(kept.filter((i) => i >= tail)),
    ];
    const { program, value } = writer.result(source);
    return { space, input: permuteMap(program, order), value };
  }

  /** Inputs of joins that nobody else reads are written where they belong. */
  #findWindows(): void {
    for (const node of this.#clusters.order) {
      if (node.source !== null || node.op.kind !== "join") continue;
      node.inputs.forEach((input, i) => {
        const uses = this.#clusters.uses.get(input) ?? [];
        const own = input.source === null && input.op.kind === "elementwise" && !this.#clusters.escapes.has(input);
        if (own && i < joined(node) && uses.length === 1) this.#windows.set(input, { join: node, input: i });
      });
    }
  }

  /** The window of a join that its input `i` fills; the first call makes the buffer and fills what no input covers. */
  #window(node: Node, i: number): Operand {
    let whole = this.#placed.get(node);
    if (whole === undefined) {
      whole = this.#place(node);
      if (node.op.name === "embed") {
        const fill = node.inputs[1];
        const from = fill === undefined ? this.#constant(0, node) : this.#read(fill);
        this.#copyInto(whole, { ...from, shape: node.shape, strides: node.shape.map(() => 0) }, "fill", node);
      }
    }
    const input = node.inputs[i] as Node;
    if (node.op.name === "embed") {
      const { starts, steps } = node.attrs as { starts: Shape; steps: Shape };
      return { ...whole, ...windowView(whole, input.shape, starts, steps) };
    }
    const axis = node.attrs["axis"] as number;
    const at = node.inputs.slice(0, i).reduce((sum, part) => sum + (part.shape[axis] as number), 0);
    const starts = node.shape.map((_, k) => (k === axis ? at : 0));
    return {
      ...whole,
      ...windowView(
        whole,
        input.shape,
        starts,
        node.shape.map(() => 1),
      ),
    };
  }

  #join(node: Node): void {
    for (let i = 0; i < joined(node); i++) {
      const input = node.inputs[i] as Node;
      if (this.#windows.get(input)?.join === node && this.#placed.has(input)) continue;
      this.#copyInto(this.#window(node, i), this.#read(input), node.op.name, node);
    }
  }
}

/** What constants of a dtype are stored as: lanes of 4 or 8 bytes. */
function constantType(dtype: DType): DType {
  const { lane, signed, bits } = dtypes[dtype];
  if (lane === "f32") return "float32";
  if (lane === "i32") return signed || bits < 32 ? "int32" : "uint32";
  return dtype;
}

/** How many of a join's inputs are parts of its output. */
const joined = (node: Node): number => (node.op.name === "embed" ? 1 : node.inputs.length);

/** The ops of a kernel's nodes, and what they are of the graph that was asked for. */
const accountOf = (nodes: readonly Node[]): Pick<Kernel, "label" | "origins"> => ({
  label: nodes.map((node) => node.op.name).join("+"),
  origins: union(nodes),
});
