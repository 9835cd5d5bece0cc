/** A loaded model: its inputs and outputs, and runs. */
import { explainStages } from "../../compiler/explain.ts";
import type { TypedArray } from "../../core/dtype.ts";
import { DTypeError, ShapeError, UnsupportedError } from "../../core/errors.ts";
import { type InitOptions, programsOf, type Runtime, runtimeOn, threadsAtWork } from "../../execution/running.ts";
import { isGone } from "../../execution/value.ts";
import { Node, type Source } from "../../graph/node.ts";
import { Parameter } from "../../tensor/parameter.ts";
import { adopt, Tensor } from "../../tensor/tensor.ts";
import { type Blueprint, Build, nodesOf } from "./build.ts";
import type { Handler } from "./call.ts";
import { fatesOf, fateTable, type NodeFate } from "./fate.ts";
import {
  constantValue,
  describe,
  type Feed,
  feedValue,
  lazyValue,
  type Result,
  type ValueDescription,
} from "./feed.ts";
import type { Model } from "./model.ts";
import { collect, keyOf, ownLeaf, type Plan } from "./plan.ts";
import { type KernelProfile, kernelsOf, profileOf } from "./profile.ts";
import type { TensorProto } from "./proto/schema.ts";
import { readTensor } from "./proto/tensor.ts";
import { Recorder, type Recording } from "./record.ts";
import type { TracedValue } from "./trace.ts";
import { Optional, type Value } from "./value.ts";

/** What a run computes, and what stops it. */
export interface RunOptions {
  /** Names of the outputs to compute; all when absent. */
  readonly outputs?: readonly string[];
  /**
   * Outputs whose values stay on the device until they are asked for, for another run to read: all, or those named. By
   * default the values come along.
   */
  readonly onDevice?: boolean | readonly string[];
  /** Rejects the run with the signal's reason before it starts and between the programs of a model. */
  readonly signal?: AbortSignal | undefined;
}

/** Plans of one signature: more than a few mean that answers vary with the data. */
const plansKept = 4;
const missesAllowed = 16;

interface Plans {
  readonly list: Plan[];
  misses: number;
}

type Replayed = Record<string, Result> | null | Promise<Record<string, Result> | null>;

/**
 * A loaded model; `load` makes one. Runs follow one another. The model is compiled for the shapes of its inputs when it
 * first runs with them.
 *
 * @example
 * const bytes = await onnx.save(new nn.Linear(2, 1), { inputs: { x: [null, 2] } });
 * const session = await onnx.load(bytes);
 * session.inputs[0]?.name; // "x"
 * const { output } = await session.run({ x: zeros([8, 2]) });
 * (output as Tensor).shape; // [8, 1]
 */
export class Session {
  /** What a run wants, in the order of the file. */
  readonly inputs: readonly ValueDescription[];
  /** What a run gives, in the order of the file. */
  readonly outputs: readonly ValueDescription[];
  /** Float weights that can be trained, by name; empty unless the model was loaded with `trainable`. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly #blueprint: Blueprint;
  readonly #plans = new Map<string, Plans>();
  readonly #device: InitOptions["device"];
  readonly #note = programsOf(this);
  /** What the last run replayed or recorded. */
  #latest: Recording | null = null;
  /** The end of the last run that was asked for. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    model: Model,
    handlers: ReadonlyMap<string, Handler>,
    raw: ReadonlyMap<TensorProto, Uint8Array>,
    trainable: (name: string) => boolean,
    device: InitOptions["device"],
  ) {
    this.#device = device;
    const { graph } = model;
    const initial = new Set(graph.initializers.map(({ name }) => name));
    this.inputs = graph.inputs.filter(({ name }) => !initial.has(name)).map(describe);
    this.outputs = graph.outputs.map(describe);
    const values = new Map<TensorProto, Value>();
    const parameters = new Map<string, Parameter>();
    for (const proto of graph.initializers) {
      if (proto.dataType !== 1 || !trainable(proto.name)) continue;
      const { data, shape } = readTensor(proto, raw.get(proto));
      parameters.set(proto.name, new Parameter(adopt(data as TypedArray, shape, "float32"), proto.name));
    }
    this.parameters = parameters;
    const byProto = new Map(graph.initializers.map((proto) => [proto, parameters.get(proto.name)]));
    this.#blueprint = {
      model,
      handlers,
      constant(proto) {
        const parameter = byProto.get(proto);
        if (parameter !== undefined) return parameter.node;
        const known = values.get(proto);
        // What a lost GPU held is read again.
        if (known !== undefined && !nodesOf(known).some(({ source }) => source !== null && isGone(source)))
          return known;
        const value = constantValue(proto, raw.get(proto));
        values.set(proto, value);
        return value;
      },
    };
  }

  /**
   * Computes the outputs for the inputs given by name. Throws {@link ShapeError} or `DTypeError` for inputs that do not
   * fit, and names what is missing or unknown.
   */
  async run(feeds: Readonly<Record<string, Feed>>, options: RunOptions = {}): Promise<Record<string, Result>> {
    return this.#inTurn(() => this.#run(feeds, options));
  }

  /** The device that was asked for, or the one that runs. */
  get #runtime(): Runtime {
    return runtimeOn(this.#device);
  }

  /** Runs follow one another: those of one plan share its leaves. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #run(feeds: Readonly<Record<string, Feed>>, options: RunOptions): Promise<Record<string, Result>> {
    const { signal } = options;
    signal?.throwIfAborted();
    const wanted = this.#wanted(options.outputs);
    const staying = new Set(options.onDevice === true ? wanted : this.#wanted(options.onDevice || []));
    const { inputs, signature, plain } = await this.#read(feeds);
    const key = keyOf(signature, wanted, staying);
    const plans = this.#plans.get(key);
    const repeatable = plain && this.parameters.size === 0;
    if (repeatable && plans !== undefined) {
      const values = this.#replay(plans, inputs, wanted);
      const found = values instanceof Promise ? await values : values;
      if (found !== null) return found;
    }
    return this.#record(key, inputs, wanted, staying, repeatable && (plans?.misses ?? 0) < missesAllowed, signal);
  }

  /**
   * The outputs as lazy tensors, for training: gradients flow through what is differentiable, to inputs that want them and
   * to {@link parameters}. As all lazy tensors they are computed by the running device.
   */
  async forward(
    inputs: Readonly<Record<string, Tensor>>,
    outputs?: readonly string[],
  ): Promise<Record<string, Tensor>> {
    const wanted = this.#wanted(outputs);
    this.#checkNames(inputs);
    const { graph } = this.#blueprint.model;
    const values = new Map<string, Value>();
    for (const info of graph.inputs) {
      if (Object.hasOwn(inputs, info.name)) values.set(info.name, lazyValue(info, inputs[info.name]));
      else if (info.type?.optional !== undefined) values.set(info.name, new Optional(null));
    }
    const results = await new Build(this.#blueprint, new Recorder(runtimeOn(undefined))).run(values, wanted);
    return Object.fromEntries(
      results.map((value, i) => {
        const name = wanted[i] as string;
        if (value instanceof Node) return [name, new Tensor(value)];
        throw new UnsupportedError(`onnx: cannot give output "${name}" as a lazy tensor: it is no tensor of numbers`);
      }),
    );
  }

  /** What became of the model for the input shapes it has run with: the fate of every node; kernels, fusions, memory. */
  explain(): string {
    const plans = [...this.#plans].flatMap(([key, { list }]) => list.map((plan) => ({ key, plan })));
    if (plans.length === 0) return "no run yet: a model is compiled for the shapes of its inputs when it first runs";
    const accounts = plans.map(({ key, plan: { recording } }) => {
      const kernels = recording.evaluations.map(({ stages }) => explainStages(stages));
      return [`inputs ${key.split("|")[0]}`, fateTable(this.#fates(recording)), ...kernels].join("\n");
    });
    return accounts.join("\n\n") + threadsAtWork(this.#runtime);
  }

  /**
   * The fate of every node as {@link explain} tells it, for the plan that ran last: nodes of the graph first, in the order of
   * `inspect`. Empty before the first run, and where no two runs are the same programs.
   */
  fates(): NodeFate[] {
    return this.#latest === null ? [] : this.#fates(this.#latest);
  }

  #fates({ account, evaluations }: Recording): NodeFate[] {
    const programs = evaluations.map(({ stages }) => stages);
    return fatesOf(this.#blueprint.model.graph.nodes, account, programs);
  }

  /** The value of every node, in order, as a device computes it. @internal */
  async trace(feeds: Readonly<Record<string, Feed>>, runtime: Runtime): Promise<TracedValue[]> {
    const { traceValues } = await import("./trace.ts");
    return this.#inTurn(async () => {
      const { inputs } = await this.#read(feeds);
      const own = new Map([...inputs].map(([name, value]) => [name, value instanceof Node ? ownLeaf(value) : value]));
      return traceValues(runtime, this.#blueprint, own, this.#wanted(undefined));
    });
  }

  /**
   * The time of every kernel, the mean of some runs on the same inputs. Throws {@link UnsupportedError} where no two runs
   * are the same programs.
   */
  async profile(feeds: Readonly<Record<string, Feed>>, runs = 10): Promise<KernelProfile[]> {
    await this.run(feeds);
    const { inputs, signature } = await this.#read(feeds);
    const plans = this.#plans.get(keyOf(signature, this.#wanted(undefined), new Set()));
    const recording = plans?.list[0]?.recording;
    if (plans === undefined || recording === undefined) {
      throw new UnsupportedError("onnx: cannot profile: what this model computes depends on the values of its inputs");
    }
    const { evaluations } = recording;
    const times = evaluations.map(({ stages }) => new Float64Array(kernelsOf(stages).length));
    await this.#inTurn(async () => {
      recording.measure(times);
      try {
        for (let i = 0; i < runs; i++) await this.#replay(plans, inputs, this.#wanted(undefined));
      } finally {
        recording.measure(null);
      }
    });
    return profileOf(evaluations, times, runs);
  }

  #wanted(names: readonly string[] | undefined): string[] {
    const known = this.outputs.map(({ name }) => name);
    const unknown = names?.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new ShapeError(`onnx: cannot compute output "${unknown}": the model has ${known.join(", ")}`);
    }
    return [...(names ?? known)];
  }

  #checkNames(feeds: Readonly<Record<string, unknown>>): void {
    if (typeof feeds !== "object" || feeds === null) {
      throw new DTypeError(
        `onnx: cannot run on ${String(feeds)}: wanted the inputs by name, { ${this.inputs.map(({ name }) => name).join(", ")} }`,
      );
    }
    const names = Object.keys(feeds);
    const missing = this.inputs.filter(({ name, kind }) => kind !== "optional" && !names.includes(name));
    const { graph } = this.#blueprint.model;
    const extra = names.filter((name) => !graph.inputs.some((input) => input.name === name));
    if (missing.length === 0 && extra.length === 0) return;
    const parts = [
      ...missing.map(({ name }) => `input "${name}" is missing`),
      ...extra.map((name) => `the model has no input "${name}"`),
    ];
    throw new ShapeError(
      `onnx: cannot run: ${parts.join(", ")}; wanted ${this.inputs.map(({ name }) => name).join(", ")}`,
    );
  }

  /** Feeds as values of the graph, and what a plan for them depends on. */
  async #read(
    feeds: Readonly<Record<string, Feed>>,
  ): Promise<{ inputs: Map<string, Value>; signature: string; plain: boolean }> {
    this.#checkNames(feeds);
    const inputs = new Map<string, Value>();
    let signature = "";
    let plain = true;
    for (const info of this.#blueprint.model.graph.inputs) {
      if (!Object.hasOwn(feeds, info.name)) {
        if (info.type?.optional !== undefined) inputs.set(info.name, new Optional(null));
        continue;
      }
      const feed = feeds[info.name] as Feed;
      const value = await feedValue(info.name, info.type, feed);
      inputs.set(info.name, value);
      if (value instanceof Node) {
        await this.#runtime.bring([value]);
        const resident = (value.source as Source).buffer !== null;
        signature += `${info.name} ${value.dtype}[${value.shape.join()}]${resident ? "@" : ""} `;
      } else plain = false;
    }
    return { inputs, signature, plain };
  }

  /** The outputs by a plan whose answers hold; null where there is none. */
  #replay(plans: Plans, inputs: ReadonlyMap<string, Value>, wanted: readonly string[]): Replayed {
    const attempt = (from: number): Replayed => {
      const plan = plans.list[from];
      if (plan === undefined) return null;
      if (!plan.recording.valid) {
        plans.list.splice(from, 1);
        return attempt(from);
      }
      for (const [name, value] of inputs) {
        const own = plan.inputs.get(name) as Source;
        const given = (value as Node).source as Source;
        own.host = given.host;
        own.buffer = given.buffer;
      }
      const next = (done: boolean): Replayed => {
        if (!done) return attempt(from + 1);
        if (from > 0) plans.list.unshift(...plans.list.splice(from, 1));
        this.#latest = plan.recording;
        return collect(plan, wanted);
      };
      const done = plan.recording.replay();
      return done instanceof Promise ? done.then(next) : next(done);
    };
    return attempt(0);
  }

  async #record(
    key: string,
    inputs: ReadonlyMap<string, Value>,
    wanted: readonly string[],
    staying: ReadonlySet<string>,
    repeatable: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, Result>> {
    const recorder = new Recorder(this.#runtime, signal, this.#note);
    if (!repeatable) recorder.vary();
    // Leaves of the plan's own: the caller's tensors keep theirs.
    const own = new Map([...inputs].map(([name, value]) => [name, value instanceof Node ? ownLeaf(value) : value]));
    const outputs = await new Build(this.#blueprint, recorder).run(own, wanted);
    const stays = outputs.map((value, i) => value instanceof Node && staying.has(wanted[i] as string));
    await recorder.stage(
      outputs.filter((_, i) => stays[i]).flatMap(nodesOf),
      outputs.filter((_, i) => !stays[i]).flatMap(nodesOf),
    );
    // What no program computed is an input or a constant, and no result's to keep.
    outputs.forEach((value, i) => {
      stays[i] &&= recorder.computed((value as Node).source as Source);
    });
    const recording = recorder.finish();
    const sources = new Map<string, Source>();
    for (const [name, value] of own) if (value instanceof Node) sources.set(name, value.source as Source);
    const plan = { inputs: sources, recording, outputs, stays };
    this.#latest = recording;
    const results = await collect(plan, wanted);
    const plans = this.#plans.get(key) ?? { list: [], misses: 0 };
    this.#plans.set(key, plans);
    plans.misses++;
    if (recording !== null) {
      plans.list.unshift(plan as Plan);
      plans.list.length = Math.min(plans.list.length, plansKept);
    }
    return results;
  }
}
