/** What the device cannot run, in words, found by lowering: what the tables have no row for, and what they refuse. */
import type { ClusterLimits } from "../../compiler/cluster.ts";
import { plan } from "../../compiler/compile.ts";
import { dtypes } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { makeSource, Node } from "../../graph/node.ts";
import { leaf } from "../../ops/leaf.ts";
import { hasElementwise } from "./elementwise.ts";
import { lower } from "./lower.ts";
import { type Abilities, contextOf } from "./operands.ts";
import { holds } from "./register.ts";

export interface Bounds extends Abilities {
  readonly clusters: ClusterLimits;
}

/** Shaders count the bytes of a tensor by 32-bit integers. */
const mostBytes = 2 ** 31 - 1;

/** Why a node cannot run; null where it can. */
export function cannot(node: Node, bounds: Bounds): string | null {
  for (const value of [node, ...node.inputs]) {
    if (!holds(value.dtype)) return `webgpu holds no ${value.dtype}`;
    const bytes = isStored(value) ? sizeOf(value.shape) * dtypes[value.dtype].bytes : 0;
    if (bytes > mostBytes) return `webgpu holds no tensor of ${bytes} bytes: its shaders count to ${mostBytes}`;
  }
  const { kind, name } = node.op;
  if (kind === "elementwise") {
    return hasElementwise(node) ? null : `${name}: webgpu has no such instruction for ${node.inputs[0]?.dtype}`;
  }
  return node.source === null && (kind === "kernel" || kind === "reduce") ? refusal(node, bounds) : null;
}

/** Whether a value surely lies in memory: others are parts of the kernels that read them. */
const isStored = ({ source, op }: Node): boolean => source !== null || op.kind === "kernel" || op.kind === "join";

/** Why a kernel cannot be lowered, by lowering it alone. */
function refusal(node: Node, { clusters, ...abilities }: Bounds): string | null {
  const inputs = node.inputs.map(({ shape, dtype }) => leaf(makeSource(null, null, true), shape, dtype));
  const alone = new Node(node.op, inputs, node.attrs, node.shape, node.dtype);
  try {
    const context = contextOf(plan([{ node: alone }], inputs, clusters), abilities);
    for (const kernel of context.schedule.kernels) lower(kernel, context);
    return null;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}
