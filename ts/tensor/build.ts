/**
 * From roots to what a device can run: passes, then what depends on constants alone is computed, then the schedule.
 *
 * What was computed ahead is shared between programs for as long as one of them lives.
 */
import { type Compiled, optimize, plan } from "../compiler/compile.ts";
import { findConstants } from "../compiler/passes/constant.ts";
import { rewrite } from "../compiler/passes/rewrite.ts";
import { dtypes } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import type { Device, DeviceBuffer, Program } from "../device/device.ts";
import { graphKey, type Root } from "../graph/key.ts";
import { makeConstant, makeSource, Node, noAttrs, type Source, topological } from "../graph/node.ts";

/** A program with the constant leaves that it reads besides the graph's own. */
export class Runnable {
  readonly program: Program;
  readonly constants: readonly Source[];
  disposed = false;

  constructor(program: Program, constants: readonly Source[]) {
    this.program = program;
    this.constants = constants;
  }

  dispose(): void {
    this.disposed = true;
    this.program.dispose();
  }
}

/** Most bytes of values computed ahead in one run: its arena holds them all. */
const runBytes = 1 << 24;

const computed = new WeakMap<Device, Map<string, WeakRef<Source>>>();

/** Makes the program of the roots; `leaves` are those whose values change, in canonical order. */
export function build(on: Device, roots: readonly Root[], leaves: readonly Node[]): Runnable | Promise<Runnable> {
  const optimized = optimize(roots, on);
  const constants = findConstants(optimized.map(({ node }) => node));
  const values = constants.length === 0 ? [] : computeAll(on, constants);
  if (values instanceof Promise) return values.then((sources) => finish(on, optimized, leaves, constants, sources));
  return finish(on, optimized, leaves, constants, values);
}

function finish(
  on: Device,
  roots: readonly Root[],
  leaves: readonly Node[],
  constants: readonly Node[],
  sources: readonly Source[],
): Runnable | Promise<Runnable> {
  const frozen = freeze(roots, constants, sources);
  const made = on.compile(plan(frozen.roots, [...leaves, ...frozen.leaves], on.limits));
  const captured = frozen.leaves.map((leaf) => leaf.source as Source);
  const runnable = (program: Program): Runnable => new Runnable(program, captured);
  return made instanceof Promise ? made.then(runnable) : runnable(made);
}

/** What the compiler makes of the roots, values that would be computed ahead standing as leaves. Nothing is computed. */
export function describe(on: Device, roots: readonly Root[], leaves: readonly Node[]): Compiled {
  const optimized = optimize(roots, on);
  const constants = findConstants(optimized.map(({ node }) => node));
  const frozen = freeze(
    optimized,
    constants,
    constants.map(() => makeConstant(makeSource(null, null, true))),
  );
  return plan(frozen.roots, [...leaves, ...frozen.leaves], on.limits);
}

/** Puts leaves in the place of constants; lists all constant leaves that are read, from now on kept on the device. */
function freeze(
  roots: readonly Root[],
  constants: readonly Node[],
  sources: readonly Source[],
): { roots: Root[]; leaves: Node[] } {
  const sourceOf = new Map(constants.map((node, i) => [node, sources[i] as Source]));
  const nodes = rewrite(
    roots.map(({ node }) => node),
    (node) => node,
    (node) => {
      const source = sourceOf.get(node);
      return source === undefined ? undefined : new Node(node.op, [], noAttrs, node.shape, node.dtype, source);
    },
  );
  const leaves = new Map<Source, Node>();
  for (const node of topological(nodes)) {
    if (node.source === null || node.source.constant === 0) continue;
    node.source.resident = true;
    leaves.set(node.source, node);
  }
  return { roots: roots.map((root, i) => ({ ...root, node: nodes[i] as Node })), leaves: [...leaves.values()] };
}

/** The values of constant nodes as resident sources, in runs of bounded size. */
function computeAll(on: Device, nodes: readonly Node[]): Source[] | Promise<Source[]> {
  let shared = computed.get(on);
  if (shared === undefined) {
    shared = new Map();
    computed.set(on, shared);
  }
  const table = shared;
  const names = nodes.map((node) => graphKey([{ node }]).words.join());
  const found = names.map((name) => table.get(name)?.deref());
  const missing = nodes.map((_, i) => i).filter((i) => found[i] === undefined);
  const keep = (i: number, buffer: DeviceBuffer): void => {
    const source = makeConstant(makeSource(null, buffer, true));
    table.set(names[i] as string, new WeakRef(source));
    found[i] = source;
  };
  let at = 0;
  const next = (): Promise<void> | null => {
    while (at < missing.length) {
      const group: number[] = [];
      for (let bytes = 0; at < missing.length && (group.length === 0 || bytes < runBytes); at++) {
        const i = missing[at] as number;
        group.push(i);
        bytes += sizeOf((nodes[i] as Node).shape) * dtypes[(nodes[i] as Node).dtype].bytes;
      }
      const values = compute(
        on,
        group.map((i) => nodes[i] as Node),
      );
      const store = (buffers: readonly DeviceBuffer[]): void => {
        group.forEach((i, k) => {
          keep(i, buffers[k] as DeviceBuffer);
        });
      };
      if (values instanceof Promise) return values.then(store).then(() => next() ?? undefined);
      store(values);
    }
    return null;
  };
  const waiting = next();
  return waiting === null ? (found as Source[]) : waiting.then(() => found as Source[]);
}

function compute(on: Device, nodes: readonly Node[]): DeviceBuffer[] | Promise<DeviceBuffer[]> {
  const roots = nodes.map((node) => ({ node }));
  const leaves = [...new Map(topological(nodes).flatMap((x) => (x.source === null ? [] : [[x.source, x]]))).values()];
  const run = (program: Program): DeviceBuffer[] | Promise<DeviceBuffer[]> => {
    const values = on.run(
      program,
      leaves.map((leaf) => leaf.source as Source),
      nodes.map(() => "device"),
    );
    if (values instanceof Promise) return values.finally(() => program.dispose()) as Promise<DeviceBuffer[]>;
    program.dispose();
    return values as DeviceBuffer[];
  };
  const made = on.compile(plan(roots, leaves, on.limits));
  return made instanceof Promise ? made.then(run) : run(made);
}
