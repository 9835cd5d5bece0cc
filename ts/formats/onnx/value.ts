/**
 * The values that flow between ONNX nodes: tensors are nodes of hebb's graph; what no device holds lives on the host.
 */
import { UnsupportedError } from "../../core/errors.ts";
import type { Shape } from "../../core/shape.ts";
import { Node } from "../../graph/node.ts";
import { take } from "../../ops/gather.ts";
import { hostLeaf } from "../../ops/leaf.ts";

/**
 * A tensor of strings: an int32 tensor of codes, and the word of every code. So whatever moves elements moves strings too
 * (`move`), and equality is equality of codes.
 */
export class StringTensor {
  readonly codes: Node;
  readonly words: readonly string[];

  constructor(codes: Node, words: readonly string[]) {
    this.codes = codes;
    this.words = words;
  }

  get shape(): Shape {
    return this.codes.shape;
  }
}

/** Values of one type, any number of them. */
export class Sequence {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** A value that may be absent. */
export class Optional {
  readonly value: Value | null;

  constructor(value: Value | null) {
    this.value = value;
  }
}

/** A dictionary (ai.onnx.ml), read on the host. */
export class MapValue {
  readonly entries: ReadonlyMap<string | number, string | number>;

  constructor(entries: ReadonlyMap<string | number, string | number>) {
    this.entries = entries;
  }
}

/** Tensors with a batch of dictionaries (ZipMap) are sequences of maps. */
export type Value = Node | StringTensor | Sequence | Optional | MapValue;

/** What a value is, for messages. */
export function kindOf(value: Value): string {
  if (value instanceof Node) return `tensor(${value.dtype})`;
  if (value instanceof StringTensor) return "tensor(string)";
  if (value instanceof Sequence) return "sequence";
  return value instanceof Optional ? "optional" : "map";
}

/** The shape of a tensor of numbers or of strings. */
export function shapeOf(value: Value): Shape {
  if (value instanceof Node || value instanceof StringTensor) return value.shape;
  throw new UnsupportedError(`onnx: cannot take the shape of a ${kindOf(value)}: wanted a tensor`);
}

/** Applies what moves elements and never looks at them, to numbers and strings alike. */
export function move<V extends Value>(value: V, movement: (x: Node) => Node): Node | StringTensor {
  if (value instanceof Node) return movement(value);
  if (value instanceof StringTensor) return new StringTensor(movement(value.codes), value.words);
  throw new UnsupportedError(`onnx: cannot move elements of a ${kindOf(value)}: wanted a tensor`);
}

/** Applies what joins tensors; words of strings are brought to one list first. */
export function joinValues(values: readonly Value[], join: (xs: readonly Node[]) => Node): Node | StringTensor {
  if (values.every((value) => value instanceof Node)) return join(values);
  if (!values.every((value) => value instanceof StringTensor)) {
    throw new UnsupportedError(`onnx: cannot join ${values.map(kindOf).join(" with ")}: wanted tensors of one type`);
  }
  const aligned = alignWords(values);
  return new StringTensor(join(aligned.map(({ codes }) => codes)), (aligned[0] as StringTensor).words);
}

/** Gives tensors of strings one list of words, so that their codes can be joined and compared. */
export function alignWords(tensors: readonly StringTensor[]): StringTensor[] {
  const numbers = new Map<string, number>();
  const tables = tensors.map(({ words }) =>
    Int32Array.from(words, (word) => {
      const number = numbers.get(word) ?? numbers.size;
      numbers.set(word, number);
      return number;
    }),
  );
  const words = [...numbers.keys()];
  return tensors.map(({ codes }, i) => {
    const table = tables[i] as Int32Array;
    const same = table.every((number, code) => number === code);
    return new StringTensor(same ? codes : take(hostLeaf(table, [table.length], "int32"), codes, 0), words);
  });
}
