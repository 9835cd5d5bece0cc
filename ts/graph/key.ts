/**
 * The canonical key of a graph: equal keys, equal programs.
 *
 * It lists nodes in topological order: op, dtype, shape, attributes and the numbers of the inputs. Leaves appear by shape
 * and dtype alone, numbered by first use, so values never enter; how nodes are shared does. Only leaves whose value never
 * changes appear by identity, since programs compute with them ahead.
 */
import { dtypes } from "../core/dtype.ts";
import { StaleError } from "../core/errors.ts";
import { type AttrValue, type Node, noAttrs, type Op, type Source, topological } from "./node.ts";

export interface GraphKey {
  readonly hash: number;
  readonly words: Int32Array;
  /** The graph's nodes, every node after its inputs. */
  readonly nodes: readonly Node[];
  /** One leaf a source, in canonical order; those of constant value, which belong to the program, are left out. */
  readonly leaves: readonly Node[];
}

/** A value to compute and, for an update, the leaf whose place it takes. */
export interface Root {
  readonly node: Node;
  readonly into?: Node;
}

const opNumbers = new Map<Op, number>();
const stringNumbers = new Map<string, number>();
const float = new Float64Array(1);
const floatWords = new Int32Array(float.buffer);
let words = new Int32Array(4096);
let length = 0;

function intern<K>(table: Map<K, number>, key: K): number {
  let number = table.get(key);
  if (number === undefined) {
    number = table.size;
    table.set(key, number);
  }
  return number;
}

function push(word: number): void {
  if (length === words.length) {
    const grown = new Int32Array(words.length * 2);
    grown.set(words);
    words = grown;
  }
  words[length++] = word;
}

function pushAttr(value: AttrValue): void {
  if (typeof value === "number") {
    float[0] = value;
    push(floatWords[0] as number);
    push(floatWords[1] as number);
  } else if (typeof value === "boolean") {
    push(value ? 1 : 0);
  } else if (typeof value === "string") {
    push(intern(stringNumbers, value));
  } else {
    push(value.length);
    for (let i = 0; i < value.length; i++) push(value[i] as number);
  }
}

/** Whether a program finds the value on the device rather than uploading it. */
export function isResident(source: Source): boolean {
  return source.resident || source.buffer !== null;
}

/**
 * The key of computing the roots together. Throws a {@link StaleError} if a leaf's value was overwritten meanwhile.
 * `words` is the key's until the next key is made; see {@link keepKey}.
 */
export function graphKey(roots: readonly Root[]): GraphKey {
  const targets: Node[] = [];
  for (const { node } of roots) targets.push(node);
  for (const { into } of roots) if (into !== undefined) targets.push(into);
  const nodes = topological(targets);
  const base = nodes.length > 0 ? (nodes[0] as Node).mark : 0;
  const leaves: Node[] = [];
  length = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as Node;
    const { source, shape } = node;
    if (source !== null) {
      if (source.stale !== null) throw new StaleError(source.stale);
      if (source.constant !== 0) {
        push(-source.constant);
        push(2);
      } else {
        if (source.mark < base) {
          source.mark = base + leaves.length;
          leaves.push(node);
        }
        push(base - 1 - source.mark);
        push(isResident(source) ? 1 : 0);
      }
    } else {
      push(intern(opNumbers, node.op));
      const { attrs, inputs } = node;
      if (attrs !== noAttrs) for (const name in attrs) pushAttr(attrs[name] as AttrValue);
      push(inputs.length);
      for (let k = 0; k < inputs.length; k++) push((inputs[k] as Node).mark - base);
    }
    push(dtypes[node.dtype].code * 16 + shape.length);
    for (let k = 0; k < shape.length; k++) push(shape[k] as number);
  }
  for (const { node, into } of roots) {
    push(node.mark - base);
    push(into === undefined ? -1 : into.mark - base);
  }
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
  return { hash, words: words.subarray(0, length), nodes, leaves };
}

/** The key's words as an array of their own. */
export function keepKey(key: GraphKey): Int32Array {
  return key.words.slice();
}

export function sameKey(a: GraphKey["words"], b: GraphKey["words"]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
