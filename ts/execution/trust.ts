/**
 * Trust: a kernel family of a device (an op and its element types) is compared with another device on small cases when a
 * program first holds it. A family that answers wrongly is refused from then on, so that its nodes cross to the other
 * device; a warning names adapter and kernel.
 *
 * Checks run one after another in the background, each in a task of its own.
 */
import { type DType, dtypes, type TypedArray } from "../core/dtype.ts";
import { UnsupportedError } from "../core/errors.ts";
import { breathe } from "../core/pause.ts";
import { sizeOf } from "../core/shape.ts";
import { load, store } from "../core/storage.ts";
import type { Device } from "../device/device.ts";
import { makeSource, Node, noAttrs, type Source, topological } from "../graph/node.ts";
import { abs } from "../ops/elementwise.ts";
import { leaf } from "../ops/leaf.ts";
import { asRoots, Builder, leavesOf } from "./build.ts";
import { mapShape, type TrustCase, trustCases } from "./trust-cases.ts";

/** "background": programs do not wait for checks. "first": a program waits for those of its kernels. */
export type Verify = "background" | "first" | "never";

/** Largest difference, as a share of the largest value: other orders of sums pass, other values do not. */
const tolerance = 1e-3;
/** The same for floats of 2 bytes and less. */
const shortTolerance = 2e-2;
/** Milliseconds between checks, for programs that run meanwhile. */
const pause = 20;

export interface Doubt {
  /** Called when families turned out wrong: programs that hold them must not be used again. */
  readonly onRefused: () => void;
  readonly warn?: (message: string) => void;
}

export class Trust {
  readonly #device: Device;
  readonly #other: () => Promise<Device>;
  readonly #doubt: Doubt;
  /** Checks by family, made or under way. */
  readonly #checks = new Map<string, Promise<void>>();
  readonly #refused = new Map<string, string>();
  #last: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(device: Device, other: () => Promise<Device>, doubt: Doubt) {
    this.#device = device;
    this.#other = other;
    this.#doubt = doubt;
  }

  /** Families that were met. */
  get families(): number {
    return this.#checks.size;
  }

  /** Why a node's family is refused; null while it is trusted. */
  refusal(node: Node): string | null {
    return this.#refused.size === 0 ? null : (this.#refused.get(familyOf(node)) ?? null);
  }

  /** Checks the families of a graph that were not met before. The promise ends when all of its families are checked. */
  async meet(roots: readonly Node[]): Promise<void> {
    const checks = new Set<Promise<void>>();
    for (const node of topological(roots)) {
      if (node.source !== null || casesOf(node).length === 0) continue;
      const family = familyOf(node);
      let check = this.#checks.get(family);
      if (check === undefined) {
        // By the time of the check the node may be a leaf.
        const { op, attrs, dtype } = node;
        const kind = { op, attrs, dtype, inputs: node.inputs.map((input) => input.dtype) };
        check = this.#last.then(() => this.#check(family, kind));
        this.#last = check.then(() => new Promise((resolve) => setTimeout(resolve, pause)));
        this.#checks.set(family, check);
      }
      checks.add(check);
    }
    await Promise.all(checks);
  }

  /** Ends when nothing is left to check. */
  async settled(): Promise<void> {
    for (let last: Promise<void> | null = null; last !== this.#last; await last) last = this.#last;
  }

  /** Checks nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  async #check(family: string, kind: Kind): Promise<void> {
    if (this.#stopped) return;
    const { name, adapter = name } = this.#device;
    const warn = this.#doubt.warn ?? console.warn;
    let wrong: string | null;
    try {
      wrong = await this.#verdict(kind);
    } catch (error) {
      this.stop();
      warn(`${name}: cannot verify kernels: ${(error as Error).message}`);
      return;
    }
    if (wrong === null || this.#stopped) return;
    this.#refused.set(family, `${name} computes ${family} wrongly on this adapter`);
    warn(`${name}: ${family} is wrong on ${adapter}: ${wrong}; it runs on the other device from now on`);
    this.#doubt.onRefused();
  }

  /** What is wrong, in words; null where nothing is. */
  async #verdict(kind: Kind): Promise<string | null> {
    for (const row of casesOf(kind)) {
      const wrong = await this.#difference(made(kind, row));
      if (wrong !== null) return wrong;
    }
    return null;
  }

  async #difference(nodes: readonly Node[]): Promise<string | null> {
    await turn();
    const wanted = await results(await this.#other(), nodes);
    await turn();
    let given: TypedArray[];
    try {
      given = await results(this.#device, nodes);
    } catch (error) {
      return error instanceof UnsupportedError || this.#device.lost != null ? null : (error as Error).message;
    }
    for (const [i, { dtype, shape, op }] of nodes.entries()) {
      const difference = differenceOf(dtype, given[i] as TypedArray, wanted[i] as TypedArray);
      if (difference !== null) return `${op.name} to [${shape.join(", ")}]: ${difference}`;
    }
    return null;
  }
}

const turn = (): Promise<void> => breathe(0);

const familyOf = ({ op, inputs, dtype }: Node): string =>
  `${op.name} (${[...inputs.map((input) => input.dtype), dtype].join(", ")})`;

/** What a family computes. */
interface Kind extends Pick<Node, "op" | "attrs" | "dtype"> {
  readonly inputs: readonly DType[];
}

function casesOf({ op, inputs }: Pick<Node, "op"> & { readonly inputs: readonly unknown[] }): readonly TrustCase[] {
  if (op.kind === "elementwise") return [{ inputs: inputs.map(() => mapShape).join(" "), shape: mapShape }];
  return op.kind === "view" || op.kind === "constant" ? [] : (trustCases[op.name] ?? []);
}

const parse = (shape: string): number[] => shape.split("x").filter(Boolean).map(Number);

/** A case as nodes: the op alone, and before a map that its kernel takes along. */
function made(like: Kind, { inputs, shape, attrs, values }: TrustCase): Node[] {
  const leaves = inputs
    .split(" ")
    .filter(Boolean)
    .map((text, i): Node => {
      const [sizes = "", below] = text.split("<");
      const dims = parse(sizes);
      const dtype = (like.inputs[i] ?? like.inputs[0]) as DType;
      const host = store(dtype, values?.[i] ?? spread(dtype, sizeOf(dims), i, below));
      return leaf(makeSource(host, null, false), dims, dtype);
    });
  const all = attrs === undefined && like.attrs === noAttrs ? noAttrs : { ...like.attrs, ...attrs };
  const alone = (): Node => new Node(like.op, leaves, all, parse(shape), like.dtype);
  return like.op.epilogue === true && dtypes[like.dtype].float ? [alone(), abs(alone())] : [alone()];
}

/** Values that are spread evenly and differ between inputs: floats in ±2, integers from 1 to 7 or below a bound. */
function spread(dtype: DType, size: number, input: number, below: string | undefined): number[] {
  // Multiples of the golden ratio without their whole parts.
  const at = (i: number): number => ((i + 1) * 0.618033988749895 + input * 0.37) % 1;
  const value = (x: number): number => {
    if (below !== undefined) return Math.floor(x * Number(below));
    if (dtype === "bool") return x < 0.5 ? 0 : 1;
    return dtypes[dtype].float ? 4 * x - 2 : 1 + Math.floor(x * 7);
  };
  return Array.from({ length: size }, (_, i) => value(at(i)));
}

async function results(device: Device, nodes: readonly Node[]): Promise<TypedArray[]> {
  const leaves = leavesOf(nodes);
  const program = await new Builder(device).plain(asRoots(nodes), leaves);
  try {
    const sources = leaves.map((each) => each.source as Source);
    return (await program.run(
      sources,
      nodes.map(() => "host" as const),
    )) as TypedArray[];
  } finally {
    program.dispose();
  }
}

/** Where results part, in words; null where they do not. */
function differenceOf(dtype: DType, given: TypedArray, wanted: TypedArray): string | null {
  const [a, b] = [load(dtype, given), load(dtype, wanted)];
  let largest = 0;
  for (let i = 0; i < b.length; i++) if (Number.isFinite(b[i])) largest = Math.max(largest, Math.abs(b[i] as number));
  const { float, bytes } = dtypes[dtype];
  const bound = float ? largest * (bytes < 4 ? shortTolerance : tolerance) : 0;
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (!Object.is(x, y) && !(Math.abs(x - y) <= bound)) return `element ${i} is ${x}, wanted ${y}`;
  }
  return null;
}
