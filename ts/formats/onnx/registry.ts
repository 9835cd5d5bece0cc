/**
 * The operators, by family. A family is a file of handlers; it is fetched when a model uses one of its operators, so a page
 * pays for those of its model alone. `test/formats/onnx/registry.test.ts` holds both lists together.
 */
import type { Handler, Operators } from "./call.ts";

export interface Family {
  /** Operators, separated by spaces; those of other domains with their domain in front. */
  readonly names: string;
  load(): Promise<{ readonly operators: Operators }>;
}

export const families: Readonly<Record<string, Family>> = {
  activation: {
    names:
      "Celu Elu Gelu HardSigmoid HardSwish LeakyRelu Mish PRelu Relu Selu Shrink " +
      "Sigmoid Softplus Softsign Swish ThresholdedRelu",
    load: () => import("./ops/activation.ts"),
  },
  attention: { names: "Attention ai.onnx.preview.FlexAttention", load: () => import("./ops/attention.ts") },
  batchNorm: { names: "BatchNormalization", load: () => import("./ops/batch-norm.ts") },
  cast: { names: "BitCast Cast CastLike", load: () => import("./ops/cast.ts") },
  constant: {
    names: "Constant ConstantOfShape EyeLike OneHot Range",
    load: () => import("./ops/constant.ts"),
  },
  contribActivation: {
    names:
      "com.microsoft.BiasAdd com.microsoft.BiasDropout com.microsoft.BiasGelu com.microsoft.BiasSplitGelu com.microsoft.FastGelu com.microsoft.Gelu com.microsoft.QuickGelu",
    load: () => import("./ops/contrib-activation.ts"),
  },
  contribAttention: {
    names: "com.microsoft.Attention com.microsoft.GroupQueryAttention com.microsoft.MultiHeadAttention",
    load: () => import("./ops/contrib-attention.ts"),
  },
  contribNorm: {
    names:
      "com.microsoft.EmbedLayerNormalization com.microsoft.GroupNorm com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization",
    load: () => import("./ops/contrib-norm.ts"),
  },
  control: { names: "Identity If Loop Scan", load: () => import("./ops/control.ts") },
  convolution: { names: "Conv ConvTranspose", load: () => import("./ops/convolution.ts") },
  detection: { names: "MaxRoiPool NonMaxSuppression RoiAlign", load: () => import("./ops/detection.ts") },
  dropout: { names: "Dropout", load: () => import("./ops/dropout.ts") },
  encoder: {
    names:
      "ai.onnx.ml.CastMap ai.onnx.ml.CategoryMapper ai.onnx.ml.DictVectorizer ai.onnx.ml.LabelEncoder ai.onnx.ml.OneHotEncoder ai.onnx.ml.ZipMap",
    load: () => import("./ops/encoder.ts"),
  },
  fourier: {
    names: "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT",
    load: () => import("./ops/fourier.ts"),
  },
  gather: {
    names: "Compress Gather GatherElements GatherND NonZero Scatter ScatterElements ScatterND",
    load: () => import("./ops/gather.ts"),
  },
  image: { names: "ImageDecoder", load: () => import("./ops/image.ts") },
  legacy: {
    names: "Affine ConstantFill Crop ImageScaler ParametricSoftplus ScaledTanh",
    load: () => import("./ops/legacy.ts"),
  },
  linear: {
    names:
      "ai.onnx.ml.ArrayFeatureExtractor ai.onnx.ml.Binarizer ai.onnx.ml.FeatureVectorizer ai.onnx.ml.Imputer ai.onnx.ml.LinearClassifier ai.onnx.ml.LinearRegressor ai.onnx.ml.Normalizer ai.onnx.ml.SVMClassifier ai.onnx.ml.SVMRegressor ai.onnx.ml.Scaler",
    load: () => import("./ops/linear.ts"),
  },
  linearAttention: {
    names: "CausalConvWithState LinearAttention TensorScatter",
    load: () => import("./ops/linear-attention.ts"),
  },
  logic: {
    names: "And BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Not Or Xor",
    load: () => import("./ops/logic.ts"),
  },
  loss: { names: "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", load: () => import("./ops/loss.ts") },
  math: {
    names:
      "Abs Acos Acosh Add Asin Asinh Atan Atanh Ceil Clip Cos Cosh Div Erf Exp Floor Log Max Mean Min Mod Mul Neg Pow " +
      "Reciprocal Round Sign Sin Sinh Sqrt Sub Sum Tan Tanh",
    load: () => import("./ops/math.ts"),
  },
  matmul: {
    names: "Det Einsum Gemm MatMul com.microsoft.FusedGemm com.microsoft.FusedMatMul com.microsoft.TransposeMatMul",
    load: () => import("./ops/matmul.ts"),
  },
  norm: {
    names:
      "GroupNormalization InstanceNormalization LayerNormalization LpNormalization MeanVarianceNormalization RMSNormalization SimplifiedLayerNormalization",
    load: () => import("./ops/norm.ts"),
  },
  order: { names: "ArgMax ArgMin CumProd CumSum TopK", load: () => import("./ops/order.ts") },
  pad: { names: "CenterCropPad Pad", load: () => import("./ops/pad.ts") },
  pool: {
    names: "AveragePool GlobalAveragePool GlobalLpPool GlobalMaxPool LRN LpPool MaxPool MaxUnpool",
    load: () => import("./ops/pool.ts"),
  },
  random: {
    names: "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike",
    load: () => import("./ops/random.ts"),
  },
  rearrange: {
    names: "Col2Im DepthToSpace ReverseSequence SpaceToDepth Trilu Where",
    load: () => import("./ops/rearrange.ts"),
  },
  recurrent: { names: "GRU LSTM RNN", load: () => import("./ops/recurrent.ts") },
  reduce: {
    names:
      "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare",
    load: () => import("./ops/reduce.ts"),
  },
  reshape: {
    names: "Expand Flatten Reshape Shape Size Squeeze Transpose Unsqueeze",
    load: () => import("./ops/reshape.ts"),
  },
  resize: { names: "Resize Upsample", load: () => import("./ops/resize.ts") },
  rotary: { names: "RotaryEmbedding com.microsoft.RotaryEmbedding", load: () => import("./ops/rotary.ts") },
  sample: { names: "AffineGrid DeformConv GridSample", load: () => import("./ops/sample.ts") },
  sequence: {
    names:
      "ConcatFromSequence Optional OptionalGetElement OptionalHasElement SequenceAt SequenceConstruct SequenceEmpty " +
      "SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence",
    load: () => import("./ops/sequence.ts"),
  },
  slice: { names: "Concat Slice Split Tile", load: () => import("./ops/slice.ts") },
  softmax: { names: "Hardmax LogSoftmax Softmax", load: () => import("./ops/softmax.ts") },
  string: {
    names: "RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer",
    load: () => import("./ops/string.ts"),
  },
  training: {
    names:
      "ai.onnx.preview.training.Adagrad ai.onnx.preview.training.Adam ai.onnx.preview.training.Gradient " +
      "ai.onnx.preview.training.Momentum",
    load: () => import("./ops/training.ts"),
  },
  tree: {
    names: "ai.onnx.ml.TreeEnsemble ai.onnx.ml.TreeEnsembleClassifier ai.onnx.ml.TreeEnsembleRegressor",
    load: () => import("./ops/tree.ts"),
  },
  unique: { names: "Unique", load: () => import("./ops/unique.ts") },
};

const familyOf = new Map<string, Family>();
for (const family of Object.values(families)) for (const name of family.names.split(" ")) familyOf.set(name, family);

/** The name of an operator in tables: its domain in front unless it is ONNX's own. */
export const operatorKey = (domain: string, opType: string): string => (domain === "" ? opType : `${domain}.${opType}`);

/** The family of an operator; undefined where there is none. */
export function findOperator(domain: string, opType: string): Family | undefined {
  return familyOf.get(operatorKey(domain, opType));
}

/** The handlers of the operators named. */
export async function loadOperators(keys: Iterable<string>): Promise<Map<string, Handler>> {
  const handlers = new Map<string, Handler>();
  const wanted = [...keys];
  const needed = new Set(wanted.flatMap((key) => familyOf.get(key) ?? []));
  const loaded = await Promise.all([...needed].map((family) => family.load()));
  for (const { operators } of loaded)
    for (const [key, handler] of Object.entries(operators)) handlers.set(key, handler);
  return handlers;
}
