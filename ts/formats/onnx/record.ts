/**
 * Recording a build, so that the next run with the same shapes is nothing but programs.
 *
 * A recording is a list of steps: programs that are run, and answers that the build depended on (the values of small tensors
 * that handlers asked for). Replayed on new data it goes on for as long as the answers are the same; at the first other
 * answer the model has to be built anew.
 */
import type { TypedArray } from "../../core/dtype.ts";
import { breathe, stepShare } from "../../core/pause.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Destination, DeviceBuffer } from "../../device/device.ts";
import { type Evaluation, type Runtime, settleNode, type Value } from "../../execution/running.ts";
import { makeConstant, makeSource, type Node, type Source } from "../../graph/node.ts";

import { type Account, Parts } from "./fate.ts";

/** Most elements of an answer that is worth comparing. */
const answerSize = 64;

type Step =
  | { readonly kind: "run"; readonly evaluation: Evaluation; readonly results: readonly Source[] }
  | { readonly kind: "answer"; readonly source: Source; readonly expected: TypedArray | number }
  | { readonly kind: "fresh"; readonly source: Source; readonly values: () => TypedArray };

export class Recorder {
  readonly parts: Parts = new Parts();
  readonly #steps: Step[] = [];
  readonly #answered = new Set<Source>();
  /** Stops the build between two nodes and between two programs. */
  readonly signal: AbortSignal | undefined;
  readonly #runtime: Runtime;
  readonly #note: ((evaluation: Evaluation) => void) | undefined;
  #repeatable = true;

  /** `note` sees every program that is run. */
  constructor(runtime: Runtime, signal?: AbortSignal, note?: (evaluation: Evaluation) => void) {
    this.#runtime = runtime;
    this.signal = signal;
    this.#note = note;
  }

  /** Says that the build depends on what a recording cannot check. */
  vary(): void {
    this.#repeatable = false;
  }

  /** A source that gets new values at every run. */
  refresh(source: Source, values: () => TypedArray): void {
    this.#steps.push({ kind: "fresh", source, values });
  }

  /** The build goes on by the host values of a leaf. */
  answer(node: Node): void {
    const source = node.source as Source;
    if (this.#answered.has(source)) return;
    this.#answered.add(source);
    if (sizeOf(node.shape) > answerSize) this.vary();
    const host = source.host as TypedArray | number;
    this.#steps.push({ kind: "answer", source, expected: typeof host === "number" ? host : host.slice() });
  }

  /** The values of a constant, which no recording has to check. */
  compute(node: Node): TypedArray | Promise<TypedArray> {
    const roots = [{ node }];
    const keep = ([value]: readonly Value[]): TypedArray => {
      node.source = makeConstant(makeSource(value as TypedArray, null, false));
      return value as TypedArray;
    };
    const values = this.#runtime.evaluateNow(roots, ["host"]);
    return values === null ? this.#runtime.evaluate(roots, ["host"]).then(keep) : keep(values);
  }

  /** The values of a node that depends on the data; `live` is computed with it. */
  async ask(node: Node, live: readonly Node[]): Promise<TypedArray> {
    if (node.source === null) await this.stage(live, [node]);
    const source = node.source as unknown as Source;
    if (source.host === null) {
      const buffer = source.buffer as DeviceBuffer;
      source.host = await buffer.device.download(buffer, node.dtype, sizeOf(node.shape));
      this.vary();
    }
    this.answer(node);
    return source.host as TypedArray;
  }

  /** Computes nodes, which become leaves: on the device, those of `host` on the host. */
  async stage(live: readonly Node[], host: readonly Node[] = []): Promise<void> {
    const nodes = [...new Set([...host, ...live])].filter((node) => node.source === null);
    this.signal?.throwIfAborted();
    if (nodes.length === 0) return;
    this.parts.program(nodes);
    const destinations = nodes.map((node): Destination => (host.includes(node) ? "host" : "device"));
    await breathe(stepShare);
    const evaluation = await this.#runtime.recordable(
      nodes.map((node) => ({ node })),
      destinations,
    );
    this.#note?.(evaluation);
    await breathe(stepShare);
    const values = await evaluation.run();
    nodes.forEach((node, i) => {
      settleNode(node, values[i] as Value);
    });
    this.#steps.push({ kind: "run", evaluation, results: nodes.map((node) => node.source as Source) });
  }

  /** Whether one of its programs computed a value. */
  computed(source: Source): boolean {
    return this.#steps.some((step) => step.kind === "run" && step.results.includes(source));
  }

  /** The recording, or null where no other run may follow it. */
  finish(): Recording | null {
    return this.#repeatable ? new Recording(this.#steps, this.parts.finish()) : null;
  }
}

export class Recording {
  readonly #steps: readonly Step[];
  /** Which node of the model its programs compute where. */
  readonly account: Account;
  #times: readonly Float64Array[] | null = null;

  constructor(steps: readonly Step[], account: Account) {
    this.#steps = steps;
    this.account = account;
  }

  /** Whether every program is still there. */
  get valid(): boolean {
    return this.#steps.every((step) => step.kind !== "run" || step.evaluation.valid);
  }

  /** The programs, in order. */
  get evaluations(): Evaluation[] {
    return this.#steps.flatMap((step) => (step.kind === "run" ? [step.evaluation] : []));
  }

  /** From now on every program's kernels add their milliseconds to the list of its number; null: no longer. */
  measure(times: readonly Float64Array[] | null): void {
    this.#times = times;
  }

  /** Runs it on the values that its inputs' sources have now; false where an answer is another. */
  replay(): boolean | Promise<boolean> {
    for (let i = 0; i < this.#steps.length; i++) {
      const done = this.#do(this.#steps[i] as Step);
      if (done === false) return false;
      if (done !== true) return this.#finish(done, i);
    }
    return true;
  }

  /** Gives back what the stages left on the device. */
  release(): void {
    for (const step of this.#steps) {
      if (step.kind !== "run") continue;
      for (const source of step.results) {
        const buffer = source.buffer as DeviceBuffer | null;
        buffer?.device.free(buffer);
        source.buffer = null;
        source.host = null;
      }
    }
  }

  async #finish(first: Promise<boolean>, at: number): Promise<boolean> {
    if (!(await first)) return false;
    for (let i = at + 1; i < this.#steps.length; i++) if (!(await this.#do(this.#steps[i] as Step))) return false;
    return true;
  }

  #do(step: Step): boolean | Promise<boolean> {
    if (step.kind === "fresh") {
      step.source.host = step.values();
      return true;
    }
    if (step.kind === "answer") return sameValues(step.source.host, step.expected);
    const store = (values: readonly Value[]): boolean => {
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as Value;
        const source = step.results[i] as Source;
        if (ArrayBuffer.isView(value)) source.host = value;
        else source.buffer = value;
      }
      return true;
    };
    const values = step.evaluation.run(this.#times?.[this.evaluations.indexOf(step.evaluation)]);
    return values instanceof Promise ? values.then(store) : store(values);
  }
}

function sameValues(a: TypedArray | number | null, b: TypedArray | number): boolean {
  if (a === null || typeof a === "number" || typeof b === "number") return a === b;
  return a.length === b.length && (a as Float32Array).every((value, i) => Object.is(value, b[i]));
}
