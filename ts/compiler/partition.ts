/**
 * Partition: one graph for two devices, `own` and the `other` that runs what the first cannot.
 *
 * Every node that computes gets a home, and the graph becomes stages that run one after another, the devices in turn:
 *
 *   0 other   cast int64 → int32 ─┐
 *   1 own     matmul ── gather ◄──┴── relu ─┐      a value goes from stage to stage through the host where the
 *   2 other   nonzero ◄─────────────────────┘      homes differ, and stays on the device where they are one
 *
 * What costs nothing has no home: leaves, numbers and what is computed ahead are read wherever they are needed, and a view
 * belongs to its reader, unless it shows less than lies below it: then that little is what crosses. A small group of nodes
 * of `own` between nodes of `other` moves there, since it costs less than two crossings.
 */
import { sizeOf } from "../core/shape.ts";
import { isResident, type Root } from "../graph/key.ts";
import { makeSource, Node, type Source, topological } from "../graph/node.ts";
import { leaf } from "../ops/leaf.ts";
import { viewed } from "./cluster.ts";

export type Home = "own" | "other";

/** Why `own` cannot run a node, in words; null where it can. */
export type Cannot = (node: Node) => string | null;

/** A value that a stage computes for later ones. */
export interface Passed {
  readonly node: Node;
  /** Number of the stage that computes it. */
  readonly from: number;
  /** "host" where a stage with the other home reads it. */
  readonly destination: "host" | "device";
}

/** A root of a stage: the caller's, by number, or a value for later stages. */
export interface StageRoot extends Root {
  readonly to: number | Passed;
}

export interface Stage {
  readonly home: Home;
  readonly roots: readonly StageRoot[];
  /** Where the leaves that are not the caller's get their values: a stage before, or a leaf whose home is the other. */
  readonly inputs: ReadonlyMap<Node, Passed | Source>;
  /** Why these nodes are with `other`: op names by reason. */
  readonly reasons: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Most elements that a group of nodes may compute to be moved away from `own`. */
const smallGroup = 1 << 16;

/** `isAhead` tells nodes whose value is computed when the program is made. */
export function partition(roots: readonly Root[], cannot: Cannot, isAhead: (node: Node) => boolean): Stage[] {
  return new Partition(roots, cannot, isAhead).stages();
}

interface Draft {
  readonly home: Home;
  readonly roots: StageRoot[];
  readonly inputs: Map<Node, Passed | Source>;
  readonly reasons: Map<string, Set<string>>;
  /** The graph's nodes as this stage has them. */
  readonly nodes: Map<Node, Node>;
}

class Partition {
  readonly #roots: readonly Root[];
  readonly #cannot: Cannot;
  readonly #isAhead: (node: Node) => boolean;
  /** Nodes that compute, every node after its inputs. */
  readonly #order: readonly Node[];
  /** What is made of the program's own numbers alone, by what either device can run. */
  readonly #numbers = new Set<Node>();
  readonly #homes = new Map<Node, Home>();
  readonly #reasons = new Map<Node, string>();
  /** Of nodes that compute: the stage's number. */
  #levels: ReadonlyMap<Node, number> = new Map();
  readonly #drafts = new Map<number, Draft>();
  readonly #passed = new Map<string, Map<Node, Passed>>([
    ["host", new Map()],
    ["device", new Map()],
  ]);

  constructor(roots: readonly Root[], cannot: Cannot, isAhead: (node: Node) => boolean) {
    this.#roots = roots;
    this.#cannot = cannot;
    this.#isAhead = isAhead;
    this.#order = topological(roots.map(({ node }) => node)).filter((node) => this.#computes(node));
  }

  stages(): Stage[] {
    this.#findHomes();
    const homes = new Set(this.#homes.values());
    for (const root of this.#roots) homes.add(this.#rootHome(root));
    if (homes.size === 1) return [this.#whole(homes.has("own") ? "own" : "other")];
    this.#moveIslands();
    this.#levels = this.#shortest();
    for (const node of this.#order) this.#place(node);
    this.#roots.forEach((root, i) => {
      const draft = this.#draft(this.#rootLevel(root), this.#rootHome(root));
      draft.roots.push({ ...root, node: this.#read(root.node, draft), to: i });
    });
    return this.#finish();
  }

  #computes(node: Node): boolean {
    if (node.source !== null || this.#isAhead(node)) return false;
    const numbers = node.inputs.every((input) => this.#numbers.has(input)) && this.#cannot(node) === null;
    if (numbers) this.#numbers.add(node);
    return !numbers && node.op.kind !== "view" && node.op.kind !== "constant";
  }

  #homeOf(node: Node): Home {
    return this.#homes.get(node) as Home;
  }

  #findHomes(): void {
    for (const node of this.#order) {
      const why = this.#cannot(node);
      if (why !== null) this.#reasons.set(node, why);
      this.#homes.set(node, why === null ? "own" : "other");
    }
  }

  /** Where a root is computed, or read where nothing is left to compute; an update where its leaf lives. */
  #rootHome({ node, into }: Root): Home {
    if (into !== undefined) return this.#leafHome(into);
    return this.#homes.get(viewed(node)) ?? (this.#cannot(node) === null ? "own" : "other");
  }

  /** Where a leaf that is kept on a device lives: with `own`, unless only the other reads it. */
  #leafHome(node: Node): Home {
    if (this.#cannot(node) !== null) return "other";
    const homes = this.#readers(node.source as Source).map((reader) => this.#homeOf(reader));
    return homes.length === 0 || homes.includes("own") ? "own" : "other";
  }

  #readers(source: Source): readonly Node[] {
    this.#readersOf ??= this.#findReaders();
    return this.#readersOf.get(source) ?? [];
  }

  #readersOf: Map<Source, Node[]> | null = null;

  #findReaders(): Map<Source, Node[]> {
    const found = new Map<Source, Node[]>();
    for (const node of this.#order) {
      for (const input of node.inputs) {
        const { source } = viewed(input);
        if (source !== null) found.set(source, [...(found.get(source) ?? []), node]);
      }
    }
    return found;
  }

  #whole(home: Home): Stage {
    const roots = this.#roots.map((root, i) => ({ ...root, to: i }));
    return { home, roots, inputs: new Map(), reasons: this.#reasonsOf(this.#order) };
  }

  #reasonsOf(nodes: readonly Node[]): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const node of nodes) this.#addReason(found, node);
    return found;
  }

  #addReason(found: Map<string, Set<string>>, node: Node): void {
    const why = this.#reasons.get(node);
    if (why !== undefined) found.set(why, (found.get(why) ?? new Set()).add(node.op.name));
  }

  /** Moves small groups of `own` that both read from `other` and are read there. */
  #moveIslands(): void {
    const groups = new Map<Node, { size: number; reads: boolean; isRead: boolean; nodes: Node[] }>();
    for (const node of this.#order) {
      const mine = this.#homeOf(node);
      const group = { size: sizeOf(node.shape), reads: false, isRead: false, nodes: [node] };
      if (mine === "own") groups.set(node, group);
      for (const input of node.inputs) {
        const from = viewed(input);
        const below = this.#homes.get(from);
        if (below === undefined) continue;
        const other = groups.get(from);
        if (mine === "other") {
          if (other !== undefined) other.isRead = true;
        } else if (below === "other") {
          (groups.get(node) as typeof group).reads = true;
        } else if (other !== undefined && other !== groups.get(node)) {
          const own = groups.get(node) as typeof group;
          const [to, gone] = other.nodes.length > own.nodes.length ? [other, own] : [own, other];
          to.size += gone.size;
          to.reads ||= gone.reads;
          to.isRead ||= gone.isRead;
          for (const member of gone.nodes) groups.set(member, to);
          to.nodes.push(...gone.nodes);
        }
      }
    }
    for (const { size, reads, isRead, nodes } of new Set(groups.values())) {
      if (!reads || !isRead || size > smallGroup) continue;
      for (const node of nodes) {
        this.#homes.set(node, "other");
        this.#reasons.set(node, "it is small and stands between such nodes");
      }
    }
    this.#readersOf = null;
  }

  /** Every node in the first stage that its inputs allow, the one or the other home first: whichever needs fewer. */
  #shortest(): Map<Node, number> {
    const [a, b] = [this.#assign("other"), this.#assign("own")];
    return new Set(a.values()).size <= new Set(b.values()).size ? a : b;
  }

  #assign(first: Home): Map<Node, number> {
    const levels = new Map<Node, number>();
    for (const node of this.#order) {
      const home = this.#homeOf(node);
      let level = home === first ? 0 : 1;
      for (const input of node.inputs) {
        const from = viewed(input);
        const below = levels.get(from);
        if (below !== undefined) level = Math.max(level, this.#homeOf(from) === home ? below : below + 1);
      }
      levels.set(node, level);
    }
    return levels;
  }

  /** The stage of a root: its node's; for an update the first that comes after all that read the old value. */
  #rootLevel(root: Root): number {
    const { node, into } = root;
    const home = this.#rootHome(root);
    const own = this.#levels.get(viewed(node));
    if (into === undefined && own !== undefined) return own;
    const readers = into === undefined ? [] : this.#readers(into.source as Source);
    const after = readers.flatMap((reader) =>
      this.#homeOf(reader) === home ? [this.#levels.get(reader) as number] : [],
    );
    const last = Math.max(0, ...(own === undefined ? [] : [own]), ...after);
    let level = last;
    // Stages alternate, so every other number is this home's.
    while ((this.#drafts.get(level)?.home ?? this.#parity(level)) !== home) level++;
    return level;
  }

  #parity(level: number): Home {
    for (const [known, { home }] of this.#drafts) {
      const other = home === "own" ? "other" : "own";
      return (known - level) % 2 === 0 ? home : other;
    }
    return level % 2 === 0 ? "own" : "other";
  }

  #draft(level: number, home: Home): Draft {
    let draft = this.#drafts.get(level);
    if (draft === undefined) {
      draft = { home, roots: [], inputs: new Map(), reasons: new Map(), nodes: new Map() };
      this.#drafts.set(level, draft);
    }
    return draft;
  }

  /** Puts a node that computes into its stage. */
  #place(node: Node): void {
    const draft = this.#draft(this.#levels.get(node) as number, this.#homeOf(node));
    this.#addReason(draft.reasons, node);
    draft.nodes.set(node, this.#rebuilt(node, draft));
  }

  #rebuilt(node: Node, draft: Draft): Node {
    const inputs = node.inputs.map((input) => this.#read(input, draft));
    if (inputs.every((input, i) => input === node.inputs[i])) return node;
    const made = new Node(node.op, inputs, node.attrs, node.shape, node.dtype);
    made.origins = node.origins;
    return made;
  }

  /** A node as a stage reads it. */
  #read(node: Node, draft: Draft): Node {
    let found = draft.nodes.get(node);
    if (found === undefined) {
      found = this.#find(node, draft);
      draft.nodes.set(node, found);
    }
    return found;
  }

  #find(node: Node, draft: Draft): Node {
    const { source } = node;
    if (source !== null) {
      const kept = source.constant === 0 && isResident(source);
      return kept && this.#leafHome(node) !== draft.home ? this.#placeholder(node, draft, source, false) : node;
    }
    if (node.op.kind === "constant" || this.#numbers.has(node) || this.#isAhead(node)) return node;
    const base = viewed(node);
    const level = this.#levels.get(base);
    const from = level === undefined ? undefined : this.#drafts.get(level);
    const isView = node.op.kind === "view";
    if (from === undefined || from === draft) return this.#rebuilt(node, draft);
    if (isView && sizeOf(node.shape) >= sizeOf((node.inputs[0] as Node).shape)) return this.#rebuilt(node, draft);
    return this.#pass(node, level as number, from, draft);
  }

  /** The leaf that stands for a value of an earlier stage. */
  #pass(node: Node, level: number, from: Draft, draft: Draft): Node {
    const destination = from.home === draft.home ? "device" : "host";
    const table = this.#passed.get(destination) as Map<Node, Passed>;
    let passed = table.get(node);
    if (passed === undefined) {
      passed = { node, from: level, destination };
      table.set(node, passed);
      from.roots.push({ node: this.#read(node, from), to: passed });
    }
    return this.#placeholder(node, draft, passed, destination === "device");
  }

  #placeholder(node: Node, draft: Draft, from: Passed | Source, resident: boolean): Node {
    const stand = leaf(makeSource(null, null, resident), node.shape, node.dtype);
    stand.origins = [];
    draft.inputs.set(stand, from);
    return stand;
  }

  #finish(): Stage[] {
    const levels = [...this.#drafts.keys()].sort((a, b) => a - b);
    const numbers = new Map(levels.map((level, i) => [level, i]));
    for (const table of this.#passed.values())
      for (const passed of table.values()) (passed as { from: number }).from = numbers.get(passed.from) as number;
    return levels.map((level) => {
      const { home, roots, inputs, reasons } = this.#drafts.get(level) as Draft;
      return { home, roots, inputs, reasons };
    });
  }
}
