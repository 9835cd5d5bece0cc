/**
 * Floating-point operations of a node, by the shapes of its inputs and outputs. A multiplication and an addition are two.
 * What only moves values counts nothing; what is not listed counts one for every output.
 */
import { type Shape, sizeOf } from "../../core/shape.ts";
import type { NodeProto } from "./proto/schema.ts";

/** Shapes of a node's tensors; null for what is left out or is no tensor. */
export interface NodeShapes {
  readonly inputs: readonly (Shape | null)[];
  readonly outputs: readonly (Shape | null)[];
}

type Rule = (shapes: NodeShapes, node: NodeProto) => number;

const size = (shape: Shape | null | undefined): number => (shape == null ? 0 : sizeOf(shape));
const nothing: Rule = () => 0;
const perInput: Rule = ({ inputs }) => size(inputs[0]);
const perOutput: Rule = ({ outputs }) => size(outputs[0]);

/** Every output sums over a filter: its weights lie in input `w` as [outputs, …]. */
const convolution =
  (w: number): Rule =>
  ({ inputs, outputs }) =>
    (2 * size(outputs[0]) * size(inputs[w])) / Math.max(1, inputs[w]?.[0] ?? 1);

/** Every input is spread over a filter: weights [inputs, …]. */
const transposed: Rule = ({ inputs }) => (2 * size(inputs[0]) * size(inputs[1])) / Math.max(1, inputs[1]?.[0] ?? 1);

const product: Rule = ({ inputs, outputs }) => 2 * size(outputs[0]) * (inputs[0]?.at(-1) ?? 0);

const gemm: Rule = ({ inputs, outputs }, node) => {
  const turned = node.attributes.some(({ name, i }) => name === "transA" && Number(i) !== 0);
  return 2 * size(outputs[0]) * (inputs[0]?.at(turned ? -2 : -1) ?? 0);
};

const windows: Rule = ({ outputs }, node) => {
  const kernel = node.attributes.find(({ name }) => name === "kernel_shape")?.ints ?? [];
  return kernel.reduce((product, k) => product * Number(k), size(outputs[0]));
};

/** Both products of every step of a sequence [steps, batch, input]. */
const recurrent: Rule = ({ inputs }) => {
  const [steps = 0, batch = 0] = inputs[0] ?? [];
  return 2 * steps * batch * (size(inputs[1]) + size(inputs[2]));
};

/** Scores and the mean of the values: queries [batch, steps, width] or [batch, heads, steps, width]. */
const attention: Rule = ({ inputs }) => 4 * size(inputs[0]) * (inputs[1]?.at(-2) ?? 0);

const table: readonly (readonly [rule: Rule, operators: string])[] = [
  [convolution(1), "Conv ConvInteger FusedConv DeformConv"],
  [convolution(3), "QLinearConv"],
  [transposed, "ConvTranspose"],
  [product, "MatMul MatMulInteger QLinearMatMul FusedMatMul DynamicQuantizeMatMul MatMulNBits"],
  [gemm, "Gemm"],
  [recurrent, "LSTM GRU RNN"],
  [attention, "Attention MultiHeadAttention GroupQueryAttention"],
  [windows, "AveragePool MaxPool LpPool"],
  [perInput, "GlobalAveragePool GlobalMaxPool GlobalLpPool ArgMax ArgMin TopK"],
  [perInput, "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum"],
  [perInput, "ReduceSumSquare BatchNormalization LayerNormalization InstanceNormalization Softmax LogSoftmax"],
  [nothing, "Cast Concat Constant ConstantOfShape DepthToSpace Dropout Expand EyeLike Flatten Gather GatherElements"],
  [
    nothing,
    "GatherND Identity If Loop OneHot Pad Range Reshape Scan Scatter ScatterElements ScatterND Shape Size Slice",
  ],
  [nothing, "SpaceToDepth Split Squeeze Tile Transpose Unsqueeze SequenceConstruct SequenceAt SequenceInsert"],
];

const rules = new Map(table.flatMap(([rule, names]) => names.split(" ").map((name) => [name, rule] as const)));

export function flopsOf(node: NodeProto, shapes: NodeShapes): number {
  return (rules.get(node.opType) ?? perOutput)(shapes, node);
}
