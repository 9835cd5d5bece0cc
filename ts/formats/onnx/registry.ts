/**
 * The operators. Those that nearly every model uses come with this file; the others come by family, a file of handlers that
 * is fetched when a model uses one of its operators, so that a page pays for those of its model alone.
 * `test/formats/onnx/registry.test.ts` holds the lists of names to the families.
 */
import { type ModelPasses, useModelPasses } from "../../compiler/compile.ts";
import type { Handler, Operators } from "./call.ts";
import { operators as activation } from "./ops/activation.ts";
import { operators as batchNorm } from "./ops/batch-norm.ts";
import { operators as cast } from "./ops/cast.ts";
import { operators as constant } from "./ops/constant.ts";
import { operators as control } from "./ops/control.ts";
import { operators as convolution } from "./ops/convolution.ts";
import { operators as dropout } from "./ops/dropout.ts";
import { operators as gather } from "./ops/gather.ts";
import { operators as logic } from "./ops/logic.ts";
import { operators as math } from "./ops/math.ts";
import { operators as matmul } from "./ops/matmul.ts";
import { operators as norm } from "./ops/norm.ts";
import { operators as pad } from "./ops/pad.ts";
import { operators as pool } from "./ops/pool.ts";
import { operators as rearrange } from "./ops/rearrange.ts";
import { operators as reduce } from "./ops/reduce.ts";
import { operators as reshape } from "./ops/reshape.ts";
import { operators as slice } from "./ops/slice.ts";
import { operators as softmax } from "./ops/softmax.ts";

export interface Family {
  /** Operators, separated by spaces; those of other domains with their domain in front. */
  readonly names: string;
  /** Whether what it computes takes kernels of the full build. */
  readonly full?: true;
  load(): Promise<{ readonly operators: Operators }>;
  /** Fetches passes over what its operators become. */
  passes?(): Promise<ModelPasses>;
}

const quantized = async (): Promise<ModelPasses> => (await import("../../compiler/passes/quantize.ts")).quantizedPasses;

const core: Operators = {
  ...activation,
  ...batchNorm,
  ...cast,
  ...constant,
  ...control,
  ...convolution,
  ...dropout,
  ...gather,
  ...logic,
  ...math,
  ...matmul,
  ...norm,
  ...pad,
  ...pool,
  ...rearrange,
  ...reduce,
  ...reshape,
  ...slice,
  ...softmax,
};

export const families: Readonly<Record<string, Family>> = {
  attention: { full: true, names: "Attention ai.onnx.preview.FlexAttention", load: () => import("./ops/attention.ts") },
  contribActivation: {
    names:
      "com.microsoft.BiasAdd com.microsoft.BiasDropout com.microsoft.BiasGelu com.microsoft.BiasSplitGelu com.microsoft.FastGelu com.microsoft.Gelu com.microsoft.QuickGelu",
    load: () => import("./ops/contrib-activation.ts"),
  },
  contribAttention: {
    full: true,
    names: "com.microsoft.Attention com.microsoft.GroupQueryAttention com.microsoft.MultiHeadAttention",
    load: () => import("./ops/contrib-attention.ts"),
  },
  contribNorm: {
    full: true,
    names:
      "com.microsoft.EmbedLayerNormalization com.microsoft.GroupNorm com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization",
    load: () => import("./ops/contrib-norm.ts"),
  },
  detection: { full: true, names: "MaxRoiPool NonMaxSuppression RoiAlign", load: () => import("./ops/detection.ts") },
  encoder: {
    names:
      "ai.onnx.ml.CastMap ai.onnx.ml.CategoryMapper ai.onnx.ml.DictVectorizer ai.onnx.ml.LabelEncoder ai.onnx.ml.OneHotEncoder ai.onnx.ml.ZipMap",
    load: () => import("./ops/encoder.ts"),
  },
  fourier: {
    full: true,
    names: "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT",
    load: () => import("./ops/fourier.ts"),
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
    full: true,
    names: "CausalConvWithState LinearAttention TensorScatter",
    load: () => import("./ops/linear-attention.ts"),
  },
  loss: { names: "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", load: () => import("./ops/loss.ts") },
  order: { full: true, names: "ArgMax ArgMin CumProd CumSum TopK", load: () => import("./ops/order.ts") },
  packedWeights: {
    full: true,
    names: "com.microsoft.GatherBlockQuantized com.microsoft.MatMulBnb4 com.microsoft.MatMulNBits",
    load: () => import("./ops/packed-weights.ts"),
    passes: quantized,
  },
  quantize: {
    names:
      "ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear com.microsoft.DequantizeLinear com.microsoft.QLinearConv com.microsoft.QuantizeLinear",
    load: () => import("./ops/quantize.ts"),
    passes: quantized,
  },
  quantizeAttention: {
    names: "com.microsoft.QAttention",
    full: true,
    load: () => import("./ops/quantize-attention.ts"),
    passes: quantized,
  },
  quantizeContrib: {
    names:
      "com.microsoft.DynamicQuantizeMatMul com.microsoft.MatMulIntegerToFloat com.microsoft.QGemm com.microsoft.QLinearAdd com.microsoft.QLinearAveragePool com.microsoft.QLinearConcat com.microsoft.QLinearGlobalAveragePool com.microsoft.QLinearLeakyRelu com.microsoft.QLinearMul com.microsoft.QLinearReduceMean com.microsoft.QLinearSigmoid com.microsoft.QLinearSoftmax com.microsoft.QLinearWhere",
    load: () => import("./ops/quantize-contrib.ts"),
    passes: quantized,
  },
  quantizeRecurrent: {
    names: "com.microsoft.DynamicQuantizeLSTM",
    full: true,
    load: () => import("./ops/quantize-recurrent.ts"),
    passes: quantized,
  },
  random: {
    names: "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike",
    load: () => import("./ops/random.ts"),
  },
  recurrent: { full: true, names: "GRU LSTM RNN", load: () => import("./ops/recurrent.ts") },
  resize: { full: true, names: "Resize Upsample", load: () => import("./ops/resize.ts") },
  rotary: { names: "RotaryEmbedding com.microsoft.RotaryEmbedding", load: () => import("./ops/rotary.ts") },
  sample: { names: "AffineGrid DeformConv GridSample com.microsoft.GridSample", load: () => import("./ops/sample.ts") },
  sequence: {
    names:
      "ConcatFromSequence Optional OptionalGetElement OptionalHasElement SequenceAt SequenceConstruct SequenceEmpty " +
      "SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence",
    load: () => import("./ops/sequence.ts"),
  },
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
    full: true,
    names: "ai.onnx.ml.TreeEnsemble ai.onnx.ml.TreeEnsembleClassifier ai.onnx.ml.TreeEnsembleRegressor",
    load: () => import("./ops/tree.ts"),
  },
  unique: { full: true, names: "Unique", load: () => import("./ops/unique.ts") },
};

const familyOf = new Map<string, Family>();
for (const family of Object.values(families)) for (const name of family.names.split(" ")) familyOf.set(name, family);

/** The name of an operator in tables: its domain in front unless it is ONNX's own. */
export const operatorKey = (domain: string, opType: string): string => (domain === "" ? opType : `${domain}.${opType}`);

/** Whether there is a handler of an operator. */
export function hasOperator(domain: string, opType: string): boolean {
  const key = operatorKey(domain, opType);
  return key in core || familyOf.has(key);
}

/** Whether one of the operators named takes kernels of the full build, as far as that can be told without its model. */
export function needFullKernels(keys: Iterable<string>): boolean {
  return [...keys].some((key) => familyOf.get(key)?.full === true);
}

/** The handlers of the operators named. */
export async function loadOperators(keys: Iterable<string>): Promise<Map<string, Handler>> {
  const handlers = new Map(Object.entries(core));
  const needed = new Set([...keys].flatMap((key) => familyOf.get(key) ?? []));
  const loaded = await Promise.all([...needed].map((family) => Promise.all([family.load(), family.passes?.()])));
  for (const [{ operators }, passes] of loaded) {
    for (const [key, handler] of Object.entries(operators)) handlers.set(key, handler);
    if (passes !== undefined) useModelPasses(passes);
  }
  return handlers;
}
