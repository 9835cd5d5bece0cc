/**
 * What became of every node of a model: which kernels compute it, or why none has to.
 *
 * While a model is built, {@link Parts} notes which nodes of hebb's graph a node of the model made, and for every program the
 * model's node behind each number that kernels carry (`compiler/passes/origins.ts`). Numbers alone are kept, no graph.
 */
import { type StagePlan, titleOf } from "../../compiler/explain.ts";
import { isConstant } from "../../compiler/passes/constant.ts";
import { type Node, topological } from "../../graph/node.ts";
import type { NodeProto } from "./proto/schema.ts";

/** Why a node of the model may have no kernel. */
const reasons = {
  dead: "left out: no output needs it",
  same: "nothing to compute",
  known: "known before the run",
  ahead: "computed once, ahead of all runs",
  view: "a view",
  join: "written in place by what it joins",
  work: "left out: nothing that is computed needs it",
} as const;

type Reason = keyof typeof reasons;

/** What was built of a model's nodes: why each may have no kernel, and for every program which made the nodes of its graph. */
export interface Account {
  readonly parts: ReadonlyMap<NodeProto, Reason>;
  /** By number of the graph's node; the number of the part in order, or -1 where there is none. */
  readonly programs: readonly Int32Array[];
}

export class Parts {
  readonly #parts = new Map<NodeProto, Reason>();
  readonly #numbers = new Map<NodeProto, number>();
  readonly #makers = new Map<Node, number>();
  readonly #programs: Int32Array[] = [];

  /** Notes what a node of the model made: tensors in, tensors out. */
  note(proto: NodeProto, inputs: readonly Node[], outputs: readonly Node[]): void {
    const number = this.#numbers.get(proto) ?? this.#numbers.size;
    this.#numbers.set(proto, number);
    this.#parts.set(proto, reasonOf(this.#claim(outputs, number), inputs, outputs));
  }

  /** Notes the program of some nodes, which are not computed yet. */
  program(nodes: readonly Node[]): void {
    this.#programs.push(Int32Array.from(topological(nodes), (node) => this.#makers.get(node) ?? -1));
  }

  finish(): Account {
    return { parts: this.#parts, programs: this.#programs };
  }

  /** The nodes below that nobody made before. */
  #claim(outputs: readonly Node[], number: number): Node[] {
    const made: Node[] = [];
    const stack = [...outputs];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.source !== null || this.#makers.has(node)) continue;
      this.#makers.set(node, number);
      made.push(node);
      stack.push(...node.inputs);
    }
    return made;
  }
}

function reasonOf(made: readonly Node[], inputs: readonly Node[], outputs: readonly Node[]): Reason {
  const moving = made.filter((node) => !isConstant(node));
  if (moving.length === 0) {
    if (outputs.some((node) => inputs.includes(node))) return "same";
    return made.every(({ op }) => op.kind === "constant" || op.kind === "view") ? "known" : "ahead";
  }
  const working = moving.filter(({ op }) => op.kind !== "view");
  if (working.length === 0) return "view";
  return working.every(({ op }) => op.kind === "join") ? "join" : "work";
}

/** What became of a node of a model. */
export interface NodeFate {
  /** Its name, or that of its first output. */
  readonly name: string;
  /** Its operator. */
  readonly operator: string;
  /** The kernels that compute it, or why it has none, in words. */
  readonly fate: string;
  /** Numbers of those kernels, as `session.profile` lists them. */
  readonly kernels: readonly number[];
}

/** The nodes of a model, each with its fate; nodes of subgraphs and functions follow those of the graph. */
export function fatesOf(
  nodes: readonly NodeProto[],
  { parts, programs }: Account,
  made: readonly (readonly StagePlan[])[],
): NodeFate[] {
  const found = Array.from(parts, () => ({ titles: new Set<string>(), kernels: new Set<number>() }));
  let number = 0;
  for (const [p, stages] of made.entries()) {
    for (const [s, { compiled, wayOf }] of stages.entries()) {
      const stage = `${stages.length > 1 ? ` of stage ${s}` : ""}${made.length > 1 ? ` of program ${p}` : ""}`;
      for (const [k, kernel] of compiled.schedule.kernels.entries()) {
        const title = `kernel ${k}${stage}: ${titleOf(kernel, wayOf)}`;
        for (const origin of kernel.origins ?? []) {
          const part = found[programs[p]?.[origin] ?? -1];
          part?.titles.add(title);
          part?.kernels.add(number);
        }
        number++;
      }
    }
  }
  const numbers = new Map([...parts.keys()].map((node, i) => [node, i]));
  return [...new Set([...nodes, ...parts.keys()])].map((node) => {
    const { titles, kernels } = found[numbers.get(node) ?? -1] ?? { titles: [], kernels: [] };
    return {
      name: node.name || node.outputs.find((output) => output !== "") || "",
      operator: node.opType,
      fate: [...titles].join("; ") || reasons[parts.get(node) ?? "dead"],
      kernels: [...kernels],
    };
  });
}

/** Fates as a table. */
export function fateTable(fates: readonly NodeFate[]): string {
  const width = (of: (row: NodeFate) => string): number =>
    fates.reduce((most, row) => Math.max(most, of(row).length), 0);
  const [names, operators] = [width(({ name }) => name), width(({ operator }) => operator)];
  const lines = fates.map(
    ({ name, operator, fate }) => `  ${name.padEnd(names)}  ${operator.padEnd(operators)}  ${fate}`,
  );
  return [`nodes: ${fates.length}`, ...lines].join("\n");
}
