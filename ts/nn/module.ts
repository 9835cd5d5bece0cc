/**
 * Modules: networks and their parts.
 *
 * A module's own enumerable fields are its tree: Parameters, Modules and arrays of either, under the names of the fields
 * (and positions in arrays), joined by dots. So the keys of a state dict are PyTorch's: "0.weight", "conv1.bias".
 */
import { ShapeError } from "../core/errors.ts";
import { formatShape, sameShape, sizeOf } from "../core/shape.ts";
import type { Destination } from "../device/device.ts";
import { evaluate, settleNode } from "../execution/running.ts";
import { Parameter } from "../tensor/parameter.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A module of any inputs and outputs. */
export type AnyModule = Module<never, unknown>;

/** Parameters by their names in the tree. */
export type StateDict = Record<string, Tensor>;

/** What {@link Module.loadStateDict} found to differ; both empty if it was strict. */
export interface LoadResult {
  /** Parameters that the state dict lacks: they keep their values. */
  readonly missing: readonly string[];
  /** Keys of the state dict that no parameter has. */
  readonly unexpected: readonly string[];
}

/** Results up to this many elements are brought to the host by the run that computes them. */
const hostElements = 1024;

/** Most keys of one kind that an error lists. */
const listed = 16;

/**
 * A part of a network: parameters, parts of its own, and `forward`.
 *
 * @example
 * class Net extends nn.Module {
 *   conv1 = new nn.Conv2d(1, 6, 5, { padding: 2 });
 *   fc = new nn.Linear(6 * 28 * 28, 10);
 *   override forward(x: Tensor): Tensor {
 *     return this.fc.forward(this.conv1.forward(x).relu().flatten(1));
 *   }
 * }
 */
export abstract class Module<I extends readonly unknown[] = [x: Tensor], O = Tensor> {
  /** Whether layers that differ between training and inference (dropout) act as in training. */
  training = true;

  /** The output for the inputs, as a lazy expression. */
  abstract forward(...inputs: I): O;

  /**
   * The output in eval mode, computed and detached from the graph: inference.
   *
   * @example
   * const model = new nn.Linear(4, 2);
   * const scores = await model.run(zeros([8, 4]));
   * scores.shape; // [8, 2]
   */
  async run(...inputs: I): Promise<O> {
    const restore = evalMode(this);
    let output: O;
    try {
      output = this.forward(...inputs);
    } finally {
      restore();
    }
    return (await computed(output)) as O;
  }

  /** The modules directly below, once each. */
  children(): AnyModule[] {
    return [...new Set(fieldsOf(this).flatMap(([, value]) => (value instanceof Module ? [value as AnyModule] : [])))];
  }

  /** This module and all below it with their names, once each; this one's name is "". */
  namedModules(): [name: string, module: AnyModule][] {
    const found = new Map<AnyModule, string>();
    visit(this, "", [], (module, name) => {
      if (!found.has(module)) found.set(module, name);
    });
    return [...found].map(([module, name]) => [name, module]);
  }

  /** This module and all below it, once each. */
  modules(): AnyModule[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** The trainable parameters of this module and all below it with their names, once each. */
  namedParameters(): [name: string, parameter: Parameter][] {
    const seen = new Set<Parameter>();
    return namedCells(this).filter(([, cell]) => cell.trainable && !seen.has(cell) && seen.add(cell) !== null);
  }

  /** The trainable parameters of this module and all below it, once each: what an optimiser is given. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /**
   * All parameters by name, trainable or not: what a checkpoint holds. The tensors are the parameters themselves, so they
   * follow training; save them or read their data to keep the present values.
   *
   * @example
   * const state = new nn.Linear(4, 2).stateDict();
   * Object.keys(state); // ["weight", "bias"]
   */
  stateDict(): StateDict {
    return Object.fromEntries(namedCells(this));
  }

  /**
   * Takes the values of a state dict; float values of another dtype are converted. Nothing is changed unless all fits.
   * Throws {@link ShapeError} naming every key that is missing, unexpected or of another shape; `strict: false` allows
   * the first two.
   */
  loadStateDict(state: Readonly<Record<string, Tensor>>, options: { strict?: boolean } = {}): LoadResult {
    const cells = namedCells(this);
    const names = new Set(cells.map(([name]) => name));
    const has = (name: string): boolean => Object.hasOwn(state, name);
    const missing = [...names].filter((name) => !has(name));
    const unexpected = Object.keys(state).filter((name) => !names.has(name));
    const misshapen = cells.filter(
      ([name, cell]) => has(name) && !sameShape((state[name] as Tensor).shape, cell.shape),
    );
    const strict = options.strict ?? true;
    if (misshapen.length > 0 || (strict && missing.length + unexpected.length > 0)) {
      const shapes = misshapen.map(([name, cell]) => {
        return `${name} is ${formatShape((state[name] as Tensor).shape)}, wanted ${formatShape(cell.shape)}`;
      });
      const faults = [
        ...(strict ? [listOf("missing", missing), listOf("unexpected", unexpected)] : []),
        listOf("of another shape", shapes),
      ];
      throw new ShapeError(
        `loadStateDict: cannot load ${Object.keys(state).length} tensors into ${names.size} parameters: ${faults.filter((fault) => fault !== "").join("; ")}`,
      );
    }
    for (const [name, cell] of cells) if (has(name)) cell.assign((state[name] as Tensor).to(cell.dtype));
    return { missing, unexpected };
  }

  /** Sets training mode here and below; `false` is {@link eval}. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Sets inference mode here and below. */
  eval(): this {
    return this.train(false);
  }

  /** The tree with the numbers of parameters, for people. */
  toString(): string {
    const { name } = this.constructor;
    const count = this.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
    return `${name}(${this.children().join(", ") || `${count} parameters`})`;
  }
}

/** Sets inference mode below a module; the function it returns puts every module's mode back. */
export function evalMode(module: AnyModule): () => void {
  const changed: AnyModule[] = [];
  enterEval(module, changed, new Set());
  return () => {
    for (const each of changed) each.training = true;
  };
}

/** The walk of {@link evalMode}: without names, since every inference takes it. */
function enterEval(part: unknown, changed: AnyModule[], seen: Set<unknown>): void {
  if (Array.isArray(part)) {
    for (const item of part) enterEval(item, changed, seen);
  } else if (part instanceof Module && !seen.has(part)) {
    seen.add(part);
    if (part.training) changed.push(part as AnyModule);
    part.training = false;
    for (const field of Object.values(part)) if (typeof field === "object") enterEval(field, changed, seen);
  }
}

/** The parts of a module by name: its own parameters first, as PyTorch lists them. */
function fieldsOf(module: AnyModule): [name: string, part: Parameter | AnyModule][] {
  const parameters: [string, Parameter][] = [];
  const modules: [string, AnyModule][] = [];
  const enter = (name: string, value: unknown): void => {
    if (value instanceof Parameter) parameters.push([name, value]);
    else if (value instanceof Module) modules.push([name, value as AnyModule]);
    else if (Array.isArray(value)) for (const [i, item] of value.entries()) enter(`${name}.${i}`, item);
  };
  for (const [name, value] of Object.entries(module)) enter(name, value);
  return [...parameters, ...modules];
}

/** Calls `at` for a module and, in order, all below it. A module that holds one above it is not followed back up. */
function visit(
  module: AnyModule,
  name: string,
  above: readonly AnyModule[],
  at: (m: AnyModule, name: string) => void,
): void {
  if (above.includes(module)) return;
  at(module, name);
  const path = [...above, module];
  for (const [field, part] of fieldsOf(module)) {
    if (part instanceof Module) visit(part, name === "" ? field : `${name}.${field}`, path, at);
  }
}

/**
 * Every parameter below a module by name; one that is shared appears under each of its names. Each parameter learns its
 * name, so that errors can say it; a name within a larger module is kept.
 */
function namedCells(root: AnyModule): [string, Parameter][] {
  const found: [string, Parameter][] = [];
  visit(root, "", [], (module, path) => {
    for (const [field, part] of fieldsOf(module)) {
      if (!(part instanceof Parameter)) continue;
      const name = path === "" ? field : `${path}.${field}`;
      if (!part.name.endsWith(`.${name}`)) part.name = name;
      found.push([name, part]);
    }
  });
  return found;
}

function listOf(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > listed ? ` and ${names.length - listed} more` : "";
  return `${what}: ${names.slice(0, listed).join(", ")}${more}`;
}

const detached = (value: unknown): unknown => (value instanceof Tensor && value.requiresGrad ? value.detach() : value);

/** The tensors of an output (alone, in a list or by name), computed together; what is no tensor stays as it is. */
async function computed(output: unknown): Promise<unknown> {
  if (output instanceof Tensor) {
    await compute([output]);
    return detached(output);
  }
  if (typeof output !== "object" || output === null) return output;
  const tensors = Object.values(output).filter((value) => value instanceof Tensor);
  if (tensors.length === 0) return output;
  await compute(tensors);
  if (Array.isArray(output)) return output.map(detached);
  return Object.fromEntries(Object.entries(output).map(([name, value]) => [name, detached(value)]));
}

async function compute(tensors: readonly Tensor[]): Promise<void> {
  const open = tensors.map((t) => t.node).filter((node, i, all) => node.source === null && all.indexOf(node) === i);
  if (open.length === 0) return;
  const places = open.map(({ shape }): Destination => (sizeOf(shape) <= hostElements ? "host" : "device"));
  const roots = open.map((node) => ({ node }));
  const values = await evaluate(roots, places);
  for (const [i, node] of open.entries()) settleNode(node, values[i] ?? null);
}
