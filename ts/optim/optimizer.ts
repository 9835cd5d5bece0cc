/**
 * Optimisers: backward and update of all parameters as one program.
 *
 * A rule turns a parameter, its gradient and its state into new values, in ops; everything else is here.
 */

import { reachedGradients } from "../autograd/gradients.ts";
import { DeviceError, DTypeError, StaleError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Destination } from "../device/device.ts";
import { evaluate, evaluateNow, settleNode } from "../execution/running.ts";
import type { Root } from "../graph/key.ts";
import { type Node, topological } from "../graph/node.ts";
import { hostLeaf } from "../ops/leaf.ts";
import { zeros } from "../tensor/create.ts";
import { explainRoots } from "../tensor/explain.ts";
import { Parameter } from "../tensor/parameter.ts";
import { Tensor } from "../tensor/tensor.ts";

/** New values of a parameter and of its state, by the state's names. */
export interface Update {
  /** The new value. */
  readonly parameter: Tensor;
  /** The new state, by the state's names. */
  readonly state: Tensors;
}

/** The graph of a step: the nodes that are looked at, then the updates of the cells that change. */
interface Plan {
  readonly open: readonly Node[];
  readonly roots: readonly Root[];
  readonly updated: readonly Parameter[];
  readonly reached: Iterable<Parameter>;
}

/** What an optimiser needs to go on later. */
export interface OptimizerState {
  /** Steps taken. */
  readonly steps: number;
  /** State of the parameters, by their position and the state's name: "0.m". */
  readonly state: Readonly<Record<string, Tensor>>;
}

/** Tensors by name; every name that is read is there. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Results up to this many elements are brought to the host with the step that computes them. */
const hostElements = 1024;

/**
 * What optimisers have in common. One of one's own gives its numbers and its update rule.
 *
 * @example
 * class Signs extends optim.Optimizer {
 *   protected override readonly stateNames: readonly string[] = [];
 *   protected override numbers(): Record<string, number> {
 *     return { lr: this.lr };
 *   }
 *   protected override update(p: Tensor, g: Tensor, state: {}, { lr }: { lr: Tensor }): optim.Update {
 *     return { parameter: p.sub(g.sign().mul(lr)), state };
 *   }
 * }
 * const p = new Parameter(tensor([1, -1]));
 * await new Signs([p], 0.5).step(p.square().sum());
 * await p.array(); // [0.5, -0.5]
 */
export abstract class Optimizer {
  /** What it updates: the trainable ones of those it was given, once each. */
  readonly parameters: readonly Parameter[];
  /** Learning rate; read at every step, so it may change at any time. */
  lr: number;
  /** Steps taken. */
  steps = 0;
  /** Names of the tensors kept for every parameter. */
  protected abstract readonly stateNames: readonly string[];
  #stepping = false;
  /** Steps in which a parameter had a gradient. */
  readonly #counts = new Map<Parameter, number>();
  readonly #state = new Map<Parameter, Record<string, Parameter>>();

  constructor(parameters: Iterable<Parameter>, lr: number) {
    const given = [...new Set(parameters)];
    if (given.some((parameter) => !(parameter instanceof Parameter))) {
      throw new DTypeError("optimizer: cannot optimise what is no Parameter: wanted model.parameters()");
    }
    this.parameters = given.filter((parameter) => parameter.trainable);
    this.lr = lr;
    if (this.parameters.length === 0) {
      throw new DTypeError("optimizer: cannot optimise nothing: no trainable parameter was given");
    }
    checkNumber("lr", lr);
  }

  /**
   * The numbers of this step that the rule needs, by name. They are data of the program, so they may change at every step.
   * `step` counts, from 1, the steps in which a parameter had a gradient.
   */
  protected abstract numbers(step: number): Readonly<Record<string, number>>;

  /** The update rule. `n` holds {@link numbers} as tensors of rank 0. */
  protected abstract update(parameter: Tensor, gradient: Tensor, state: Tensors, n: Tensors): Update;

  /**
   * Computes the gradients of `loss` and updates the parameters in one program; realises `loss` and all further tensors
   * with it. Without a loss it takes the gradients that `backward` left in `grad`. A parameter that no gradient reaches stays
   * as it is, weight decay and averages included. Throws {@link DTypeError} where none is reached.
   *
   * @example
   * const model = new nn.Linear(4, 2);
   * const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
   * const loss = model.forward(zeros([8, 4])).square().mean();
   * await optimizer.step(loss);
   * await loss.item(); // comes with the step: nothing is computed again
   */
  async step(loss?: Tensor, ...also: readonly Tensor[]): Promise<void> {
    if (this.#stepping)
      throw new DeviceError("step: cannot update: the step before has not finished, wanted await step()");
    this.#stepping = true;
    this.steps++;
    try {
      await this.#run(this.#plan(loss, also));
    } catch (error) {
      this.steps--;
      throw error;
    } finally {
      this.#stepping = false;
    }
  }

  async #run({ open, roots, updated, reached }: Plan): Promise<void> {
    const destinations = roots.map(({ node, into }): Destination => {
      return into === undefined && sizeOf(node.shape) <= hostElements ? "host" : "device";
    });
    const values = evaluateNow(roots, destinations) ?? (await evaluate(roots, destinations));
    open.forEach((node, i) => {
      settleNode(node, values[i] ?? null);
      node.inputs = []; // the values it was computed from are gone
    });
    for (const parameter of updated) parameter.advance();
    for (const parameter of reached) this.#counts.set(parameter, this.#countOf(parameter) + 1);
  }

  #countOf(parameter: Parameter): number {
    return this.#counts.get(parameter) ?? 0;
  }

  /** What {@link step} would run, as text; nothing is computed. */
  async explain(loss: Tensor, ...also: readonly Tensor[]): Promise<string> {
    return explainRoots(this.#plan(loss, also).roots);
  }

  #plan(loss: Tensor | undefined, also: readonly Tensor[]): Plan {
    const found = loss === undefined ? this.#collected() : this.#differentiated(loss);
    const looked = [...(loss === undefined ? found.values() : [loss]), ...also].map((t) => t.node);
    const open = looked.filter((node, i) => node.source === null && looked.indexOf(node) === i);
    const roots: Root[] = open.map((node) => ({ node }));
    const updated: Parameter[] = [];
    const assign = (cell: Parameter, value: Tensor): void => {
      if (value.node === cell.node) return;
      roots.push({ node: value.node, into: cell.node });
      updated.push(cell);
    };
    const numbers = new Map<number, Tensors>();
    for (const [parameter, gradient] of found) {
      const state = this.#stateOf(parameter);
      const step = this.#countOf(parameter) + 1;
      const own = numbers.get(step) ?? this.#numbersAt(step);
      numbers.set(step, own);
      const next = this.update(parameter, gradient, state, own);
      for (const name of this.stateNames) assign(state[name] as Parameter, next.state[name] as Tensor);
      assign(parameter, next.parameter);
    }
    return { open, roots, updated, reached: found.keys() };
  }

  #numbersAt(step: number): Tensors {
    const entries = Object.entries(this.numbers(step));
    return Object.fromEntries(entries.map(([name, value]) => [name, new Tensor(hostLeaf(value, [], "float32"))]));
  }

  /** Forgets the gradients that `backward` has left. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null;
  }

  /** Everything needed to go on later: the count of steps and the state of every parameter by its position. */
  stateDict(): OptimizerState {
    const state: Record<string, Tensor> = {};
    this.parameters.forEach((parameter, i) => {
      const own = this.#state.get(parameter);
      if (own !== undefined) for (const name of this.stateNames) state[`${i}.${name}`] = own[name] as Tensor;
    });
    return { steps: this.steps, state };
  }

  /** Takes what {@link stateDict} gave. */
  loadStateDict(saved: OptimizerState): void {
    this.parameters.forEach((parameter, i) => {
      let reached = this.stateNames.length === 0;
      for (const name of this.stateNames) {
        const value = saved.state[`${i}.${name}`];
        if (value === undefined) continue;
        (this.#stateOf(parameter)[name] as Parameter).assign(value);
        reached = true;
      }
      this.#counts.set(parameter, reached ? saved.steps : 0);
    });
    this.steps = saved.steps;
  }

  #stateOf(parameter: Parameter): Record<string, Parameter> {
    let state = this.#state.get(parameter);
    if (state === undefined) {
      state = {};
      for (const name of this.stateNames) {
        state[name] = new Parameter(zeros(parameter.shape), `${parameter.name}.${name}`, { trainable: false });
      }
      this.#state.set(parameter, state);
    }
    return state;
  }

  #differentiated(loss: Tensor): Map<Parameter, Tensor> {
    if (!(loss instanceof Tensor)) throw new DTypeError(`step: cannot differentiate ${typeof loss}: wanted a tensor`);
    const nodes = this.parameters.map((parameter) => parameter.node);
    const found = new Map<Parameter, Tensor>();
    for (const [i, node] of reachedGradients(loss.node, nodes).entries())
      if (node !== null) found.set(this.parameters[i] as Parameter, new Tensor(node));
    if (found.size > 0) return found;
    const stale = topological([loss.node]).find(({ source }) => source !== null && source.stale !== null);
    if (stale !== undefined) throw new StaleError(stale.source?.stale as string);
    throw new DTypeError("step: cannot update: the loss depends on none of the optimizer's parameters");
  }

  #collected(): Map<Parameter, Tensor> {
    const found = new Map<Parameter, Tensor>();
    for (const parameter of this.parameters) if (parameter.grad !== null) found.set(parameter, parameter.grad);
    if (found.size === 0)
      throw new DTypeError("step: cannot update: no parameter has a gradient, call backward() or hand step() the loss");
    return found;
  }
}

/** Throws unless an option of an optimiser is a number from 0 to below a limit. */
export function checkNumber(name: string, value: number, limit: number = Number.POSITIVE_INFINITY): void {
  if (value >= 0 && value < limit) return;
  const wanted = limit === Number.POSITIVE_INFINITY ? "a number of at least 0" : `a number from 0 to below ${limit}`;
  throw new RangeError(`optimizer: cannot use ${name} ${value}: wanted ${wanted}`);
}
