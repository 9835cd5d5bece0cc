/**
 * Modules: networks and their parts.
 *
 * A module's own enumerable fields are its tree: Parameters, Modules and arrays of either, under the names of the fields
 * (and positions in arrays), joined by dots. So the keys of a state dict are PyTorch's: "0.weight", "conv1.bias".
 */
import { ShapeError } from "../core/errors.ts";
import { formatShape, sameShape, sizeOf } from "../core/shape.ts";
import type { Destination } from "../device/device.ts";
import { Parameter } from "../tensor/parameter.ts";
import { evaluate, settleNode } from "../tensor/runtime.ts";
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
   * const scores = await model.run(x);
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

  toString(): string {
    const { name } = this.constructor;
    const count = this.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
    return `${name}(${this.children().join(", ") || `${count} parameters`})`;
  }
}

/** Sets inference mode below a module; the function it returns puts every module's mode back. */
export function evalMode(module: AnyModule): () => void {
  const modes = module.modules().map((each): [AnyModule, boolean] => [each, each.training]);
  for (const [each] of modes) each.training = false;
  return () => {
    for (const [each, training] of modes) each.training = training;
  };
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

/** The tensors of an output (alone, in a list or by name), computed together; what is no tensor stays as it is. */
async function computed(output: unknown): Promise<unknown> {
  const tensors = output instanceof Tensor ? [output] : [];
  const within = output instanceof Tensor || typeof output !== "object" || output === null ? [] : Object.values(output);
  for (const value of within) if (value instanceof Tensor) tensors.push(value);
  const open = [...new Set(tensors.map((t) => t.node))].filter((node) => node.source === null);
  if (open.length > 0) {
    const place = open.map(({ shape }): Destination => (sizeOf(shape) <= hostElements ? "host" : "device"));
    const values = await evaluate(
      open.map((node) => ({ node })),
      place,
    );
    for (const [i, node] of open.entries()) settleNode(node, values[i] ?? null);
  }
  const detached = (value: unknown): unknown => (value instanceof Tensor ? value.detach() : value);
  if (output instanceof Tensor) return detached(output);
  if (Array.isArray(output)) return output.map(detached);
  if (within.length === 0) return output;
  return Object.fromEntries(Object.entries(output as object).map(([name, value]) => [name, detached(value)]));
}
