/** A model that was opened: what it is made of, and the graph that is drawn. */
import type { Inspection, NodeDescription, NodeFate, Session } from "hebb/onnx";
import type { Edge } from "./layout.ts";

export interface Opened {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly inspection: Inspection;
  /** Null where operators are missing. */
  readonly session: Session | null;
}

/** What can become of a node, told by colour. */
export const kinds = {
  value: "input or output",
  alone: "in a kernel of its own",
  fused: "fused with others into one kernel",
  free: "nothing to compute in a run",
  missing: "not supported",
  unknown: "not run yet",
} as const;

export type Kind = keyof typeof kinds;

/** A box of the drawing: a node of the model, or one of its inputs and outputs. */
export interface Box {
  readonly title: string;
  /** What is known of its shape, or nothing. */
  readonly shape: readonly (number | string | null)[] | null;
  /** Null for inputs and outputs. */
  readonly node: NodeDescription | null;
}

export interface Graph {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  /** Number of the box of the first node; those of others follow. */
  readonly firstNode: number;
}

/** The model's graph; weights are no boxes. */
export function graphOf({ inputs, outputs, nodes }: Inspection): Graph {
  const boxes: Box[] = inputs.map(({ name, shape }) => ({ title: name, shape: shape ?? null, node: null }));
  const firstNode = boxes.length;
  boxes.push(...nodes.map((node) => ({ title: shortName(node.operator), shape: node.shape, node })));
  const makers = new Map<string, number>();
  inputs.forEach(({ name }, i) => {
    makers.set(name, i);
  });
  const edges: Edge[] = [];
  const link = (names: readonly string[], to: number): void => {
    for (const from of new Set(names.map((name) => makers.get(name)))) if (from !== undefined) edges.push([from, to]);
  };
  nodes.forEach(({ inputs: reads, outputs: makes }, i) => {
    link(reads, firstNode + i);
    for (const name of makes) makers.set(name, firstNode + i);
  });
  for (const { name, shape } of outputs)
    link([name], boxes.push({ title: name, shape: shape ?? null, node: null }) - 1);
  return { boxes, edges, firstNode };
}

/** "Conv" of "ai.onnx.Conv" and of "Conv". */
const shortName = (operator: string): string => operator.slice(operator.lastIndexOf(".") + 1);

/** Which of the nodes uses an operator that the library lacks. */
export function isMissing({ operator }: NodeDescription, { unsupported }: Inspection): boolean {
  return unsupported.some((line) => line.split(" ")[0] === operator);
}

/** The kind of each node, by what became of it; fates are empty before a run. */
export function kindsOf(inspection: Inspection, fates: readonly NodeFate[]): Kind[] {
  const users = new Map<number, number>();
  for (const { kernels } of fates) for (const kernel of kernels) users.set(kernel, (users.get(kernel) ?? 0) + 1);
  return inspection.nodes.map((node, i) => {
    if (isMissing(node, inspection)) return "missing";
    const fate = fates[i];
    if (fate === undefined) return "unknown";
    if (fate.kernels.length === 0) return "free";
    return fate.kernels.some((kernel) => (users.get(kernel) ?? 0) > 1) ? "fused" : "alone";
  });
}
