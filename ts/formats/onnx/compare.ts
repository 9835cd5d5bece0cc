/** Where two devices part: every value of a model on both, layer by layer. */
import type { DType } from "../../core/dtype.ts";
import { formatShape } from "../../core/shape.ts";
import { type InitOptions, onDevice } from "../../execution/running.ts";
import type { Feed } from "./feed.ts";
import type { Session } from "./session.ts";
import type { TracedValue } from "./trace.ts";

/** Which devices {@link compare} compares, and from which difference on it calls values different. */
export interface CompareOptions {
  /** Two devices by name, or as `init` takes them; default wasm and WebGPU. */
  readonly devices?: readonly [CompareDevice, CompareDevice];
  /** Largest difference that is none, as a share of the value's largest element; default 1e-4. */
  readonly tolerance?: number;
}

/** A device of a comparison: its name, or options as `init` takes them. */
export type CompareDevice = "wasm" | "webgpu" | InitOptions;

/** One value of a model on two devices. */
export interface ComparedValue {
  /** Name of the model's node. */
  readonly node: string;
  /** Its operator. */
  readonly op: string;
  /** Name of the value. */
  readonly value: string;
  /** Element type. */
  readonly dtype: DType;
  /** Sizes. */
  readonly shape: readonly number[];
  /** Largest difference of two elements, as a share of the largest element; infinite where shapes or NaN differ. */
  readonly difference: number;
}

/** What {@link compare} found. */
export interface Comparison {
  /** In the order of computing. Ends where the devices took different ways through the model. */
  readonly values: readonly ComparedValue[];
  /** The first value that differs by more than the tolerance, or null. */
  readonly parting: ComparedValue | null;
  /** All of it as a table for people. */
  toString(): string;
}

/**
 * Runs a model on two devices and compares the value of every node, in order. What differs first is where to look: later
 * values differ since it does. The running device is the same afterwards. Kernels are not verified meanwhile.
 *
 * @example
 * const relu = "CAg6NgoMCgF4EgF5IgRSZWx1EgRtYWluWg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkICEBU=";
 * const session = await onnx.load(Uint8Array.from(atob(relu), (byte) => byte.charCodeAt(0)));
 * const { parting } = await onnx.compare(session, { x: tensor([-1, 2]) }, { devices: ["wasm", "wasm"] });
 * parting; // null
 */
export async function compare(
  session: Session,
  inputs: Readonly<Record<string, Feed>>,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { devices = ["wasm", "webgpu"], tolerance = 1e-4 } = options;
  const trace = (device: CompareDevice): Promise<TracedValue[]> => {
    const start = typeof device === "string" ? { device } : device;
    return onDevice({ verify: "never", ...start }, (runtime) => session.trace(inputs, runtime));
  };
  const first = await trace(devices[0]);
  const second = await trace(devices[1]);
  const values: ComparedValue[] = [];
  for (const [i, a] of first.entries()) {
    const b = second[i];
    if (b === undefined || b.node !== a.node || b.value !== a.value) break;
    const { numbers, ...facts } = a;
    values.push({ ...facts, difference: differenceOf(a, b) });
  }
  const parting = values.find(({ difference }) => difference > tolerance) ?? null;
  return { values, parting, toString: () => tableOf(values, parting) };
}

function differenceOf(a: TracedValue, b: TracedValue): number {
  if (formatShape(a.shape) !== formatShape(b.shape) || a.dtype !== b.dtype) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < a.numbers.length; i++) {
    const [x, y] = [a.numbers[i] as number, b.numbers[i] as number];
    if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    if (Object.is(x, y) || x === y) continue;
    const apart = Math.abs(x - y);
    if (!(apart <= difference)) difference = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
  }
  return difference === 0 ? 0 : difference / largest;
}

function tableOf(values: readonly ComparedValue[], parting: ComparedValue | null): string {
  const rows = values.map((each) => [
    each === parting ? ">" : "",
    each.node,
    each.op,
    each.value,
    `${each.dtype} ${formatShape(each.shape)}`,
    each.difference === 0 ? "0" : each.difference.toExponential(1),
  ]);
  const all = [["", "node", "op", "value", "shape", "difference"], ...rows];
  const widths = (all[0] as string[]).map((_, i) => Math.max(...all.map((row) => (row[i] as string).length)));
  const lines = all.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd(),
  );
  const verdict =
    parting === null
      ? "nothing parts"
      : `they part first at node "${parting.node}" (${parting.op}), value "${parting.value}"`;
  return [...lines, verdict].join("\n");
}
