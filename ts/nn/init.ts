/**
 * First values of parameters. Each function gives a parameter new values and returns it; random ones take their key from
 * the default generator, see `manualSeed`.
 *
 * Layers count as PyTorch's: a weight is [out, in, ...window], its fan in is in × window, its fan out out × window.
 */
import { ShapeError } from "../core/errors.ts";
import { generator, Threefry } from "../core/random.ts";
import { formatShape, type Shape, sizeOf } from "../core/shape.ts";
import { full, rand, randn } from "../tensor/create.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { postponed, type Tensor } from "../tensor/tensor.ts";

/** What follows a layer, for {@link calculateGain}. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu";

/** Options of {@link kaimingUniform} and {@link kaimingNormal}. */
export interface KaimingOptions {
  /** Slope of the leaky ReLU that follows; default 0. */
  readonly a?: number;
  /** Which pass keeps its variance; default "fanIn". */
  readonly mode?: "fanIn" | "fanOut";
  /** What follows; default "leakyRelu". */
  readonly nonlinearity?: Nonlinearity;
}

/** Values up to this many are drawn on the host, by the same bits: a small network needs no program for its first values. */
const hostElements = 4096;

/**
 * Uniform in [-bound, bound). The product is the only rounding (2u - 1 is exact), so every engine and every build of the
 * kernels gives the same bits.
 *
 * @example
 * await nn.init.symmetric([100], 0.5).abs().max().le(0.5).array(); // true
 */
export function symmetric(shape: Shape, bound: number): Tensor {
  const key = generator.next();
  const size = sizeOf(shape);
  if (size > hostElements) return rand(shape, { key }).mul(2).sub(1).mul(bound);
  const draw = (): Float32Array => {
    const stream = new Threefry(key);
    const factor = Math.fround(bound);
    return Float32Array.from({ length: size }, () => (2 * stream.uniform() - 1) * factor);
  };
  return postponed(draw, shape, "float32");
}

/**
 * PyTorch's default for weights and biases: Kaiming's uniform with slope √5, which is ±1/√(fan in).
 *
 * @example
 * await nn.init.byFanIn([10, 4], 4).abs().max().le(0.5).array(); // true
 */
export function byFanIn(shape: Shape, fanIn: number): Tensor {
  return symmetric(shape, 1 / Math.sqrt(fanIn));
}

function fans(op: string, { shape }: Parameter): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ShapeError(`${op}: cannot count the fans of ${formatShape(shape)}: wanted [out, in, ...window]`);
  }
  const window = shape.slice(2).reduce((product, size) => product * size, 1);
  return { fanIn: (shape[1] as number) * window, fanOut: (shape[0] as number) * window };
}

/**
 * By how much a nonlinearity shrinks the standard deviation of its input, inverted.
 *
 * @example
 * nn.init.calculateGain("tanh"); // 1.6666667
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  if (nonlinearity === "tanh") return 5 / 3;
  if (nonlinearity === "relu") return Math.SQRT2;
  if (nonlinearity === "leakyRelu") return Math.sqrt(2 / (1 + slope * slope));
  return 1;
}

function set(parameter: Parameter, values: Tensor): Parameter {
  parameter.assign(values);
  return parameter;
}

/**
 * Uniform in [low, high).
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * nn.init.uniform(w, -0.1, 0.1);
 * await w.abs().max().le(0.1).array(); // true
 */
export function uniform(parameter: Parameter, low = 0, high = 1): Parameter {
  return set(
    parameter,
    rand(parameter.shape)
      .mul(high - low)
      .add(low),
  );
}

/**
 * Normal of the given mean and standard deviation.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * nn.init.normal(w, 5, 0.01);
 * await w.round().min().array(); // 5
 */
export function normal(parameter: Parameter, mean = 0, std = 1): Parameter {
  return set(parameter, randn(parameter.shape).mul(std).add(mean));
}

/**
 * One value everywhere.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * await nn.init.constant(w, 3).sum().item(); // 48
 */
export function constant(parameter: Parameter, value: number): Parameter {
  return set(parameter, full(parameter.shape, value));
}

/**
 * 0 everywhere.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * await nn.init.zeros(w).sum().item(); // 0
 */
export function zeros(parameter: Parameter): Parameter {
  return constant(parameter, 0);
}

/**
 * 1 everywhere.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * await nn.init.ones(w).sum().item(); // 16
 */
export function ones(parameter: Parameter): Parameter {
  return constant(parameter, 1);
}

function xavierStd(op: string, parameter: Parameter, gain: number): number {
  const { fanIn, fanOut } = fans(op, parameter);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Uniform of variance gain² 2 / (fan in + fan out); Glorot, Bengio 2010.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * nn.init.xavierUniform(w);
 * await w.abs().max().le(Math.sqrt(6 / 10)).array(); // true
 */
export function xavierUniform(parameter: Parameter, gain = 1): Parameter {
  return set(parameter, symmetric(parameter.shape, Math.sqrt(3) * xavierStd("xavierUniform", parameter, gain)));
}

/**
 * Normal of variance gain² 2 / (fan in + fan out); Glorot, Bengio 2010.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * nn.init.xavierNormal(w, nn.init.calculateGain("tanh"));
 */
export function xavierNormal(parameter: Parameter, gain = 1): Parameter {
  return set(parameter, randn(parameter.shape).mul(xavierStd("xavierNormal", parameter, gain)));
}

function kaimingStd(op: string, parameter: Parameter, options: KaimingOptions): number {
  const { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" } = options;
  return calculateGain(nonlinearity, a) / Math.sqrt(fans(op, parameter)[mode]);
}

/**
 * Uniform of variance gain² / fan; He, Zhang, Ren, Sun 2015.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * nn.init.kaimingUniform(w, { nonlinearity: "relu" });
 * await w.abs().max().le(Math.sqrt(6 / 2)).array(); // true
 */
export function kaimingUniform(parameter: Parameter, options: KaimingOptions = {}): Parameter {
  return set(parameter, symmetric(parameter.shape, Math.sqrt(3) * kaimingStd("kaimingUniform", parameter, options)));
}

/**
 * Normal of variance gain² / fan; He, Zhang, Ren, Sun 2015.
 *
 * @example
 * const w = new Parameter(zeros([8, 2]));
 * nn.init.kaimingNormal(w, { mode: "fanOut", nonlinearity: "relu" });
 */
export function kaimingNormal(parameter: Parameter, options: KaimingOptions = {}): Parameter {
  return set(parameter, randn(parameter.shape).mul(kaimingStd("kaimingNormal", parameter, options)));
}
