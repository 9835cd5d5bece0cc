/** ONNX files written from plain data: the few messages of the format that models need, field by field. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly strings: readonly string[] }
  | TensorSpec
  | GraphSpec
  | { readonly float: number };

/** float32 values unless `type` says another number of TensorProto.DataType. */
export interface TensorSpec {
  readonly name?: string;
  readonly dims: readonly number[];
  readonly type?: number;
  readonly raw?: Uint8Array;
  readonly external?: Readonly<Record<string, string>>;
}

export interface NodeSpec {
  readonly op: string;
  readonly domain?: string;
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Name, number of the element type and sizes of an input or output. */
export type ValueSpec = readonly [name: string, type: number, shape: readonly (number | string)[]];

export interface GraphSpec {
  readonly nodes: readonly NodeSpec[];
  readonly inputs?: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly initializers?: readonly TensorSpec[];
}

export interface ModelSpec extends GraphSpec {
  readonly producer?: string;
  readonly opset?: number;
  readonly opsets?: Readonly<Record<string, number>>;
  readonly functions?: readonly FunctionSpec[];
}

export interface FunctionSpec {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeSpec[];
}

/** int64 values as a tensor of the file. */
export function int64s(name: string, values: readonly number[], dims: readonly number[] = [values.length]): TensorSpec {
  return { name, dims, type: 7, raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

/**
 * A message that is being written: a run of fields, each varint(number << 3 | type) and then a varint (type 0), four bytes
 * (5), or a length and that many bytes (2). Its bytes are joined once, at the end.
 */
class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  integer(field: number, value: number): void {
    this.#varint(field << 3);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#varint((field << 3) | 5);
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    this.#push(value);
  }

  string(field: number, value: string): void {
    this.bytes(field, new TextEncoder().encode(value));
  }

  /** A string that is left out where there is none. */
  text(field: number, value: string | undefined): void {
    if (value !== undefined && value !== "") this.string(field, value);
  }

  message(field: number, write: (inner: Message) => void): void {
    const inner = new Message();
    write(inner);
    this.#varint((field << 3) | 2);
    this.#varint(inner.#length);
    for (const part of inner.#parts) this.#push(part);
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** Seven bits a byte, the lowest first; what is below 0 has 64 bits. */
  #varint(value: number): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    this.#push(Uint8Array.of(...bytes, Number(rest)));
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }
}

function tensor(out: Message, { name, dims, type = 1, raw, external }: TensorSpec): void {
  for (const size of dims) out.integer(1, size);
  out.integer(2, type);
  out.text(8, name);
  if (raw !== undefined) out.bytes(9, raw);
  for (const [key, value] of Object.entries(external ?? {})) {
    out.message(13, (out) => {
      out.text(1, key);
      out.text(2, value);
    });
  }
  if (external !== undefined) out.integer(14, 1);
}

function attribute(out: Message, name: string, value: AttributeValue): void {
  out.text(1, name);
  if (typeof value === "number") {
    out.integer(3, value);
    out.integer(20, 2);
  } else if (typeof value === "string") {
    out.string(4, value);
    out.integer(20, 3);
  } else if (Array.isArray(value)) {
    for (const each of value as readonly number[]) out.integer(8, each);
    out.integer(20, 7);
  } else if ("strings" in value) {
    for (const each of value.strings) out.string(9, each);
    out.integer(20, 8);
  } else if ("float" in value) {
    out.float(2, value.float);
    out.integer(20, 1);
  } else if ("nodes" in value) {
    out.message(6, (out) => graph(out, value));
    out.integer(20, 5);
  } else {
    out.message(5, (out) => tensor(out, value as TensorSpec));
    out.integer(20, 4);
  }
}

function node(out: Message, { op, domain, name, inputs, outputs, attributes = {} }: NodeSpec): void {
  for (const input of inputs) out.string(1, input);
  for (const output of outputs) out.string(2, output);
  out.text(3, name);
  out.text(4, op);
  for (const [key, value] of Object.entries(attributes)) out.message(5, (out) => attribute(out, key, value));
  out.text(7, domain);
}

function value(out: Message, [name, type, shape]: ValueSpec): void {
  out.text(1, name);
  out.message(2, (out) =>
    out.message(1, (out) => {
      out.integer(1, type);
      out.message(2, (out) => {
        for (const size of shape) {
          out.message(1, (out) => (typeof size === "number" ? out.integer(1, size) : out.text(2, size)));
        }
      });
    }),
  );
}

function graph(out: Message, { nodes, inputs = [], outputs, initializers = [] }: GraphSpec): void {
  for (const each of nodes) out.message(1, (out) => node(out, each));
  out.text(2, "main");
  for (const each of initializers) out.message(5, (out) => tensor(out, each));
  for (const each of inputs) out.message(11, (out) => value(out, each));
  for (const each of outputs) out.message(12, (out) => value(out, each));
}

function opset(out: Message, field: number, domain: string, version: number): void {
  out.message(field, (out) => {
    out.text(1, domain);
    out.integer(2, version);
  });
}

/** The bytes of a model; opset 21 unless it says another. */
export function writeModel(spec: ModelSpec): Uint8Array {
  const out = new Message();
  out.integer(1, 8);
  out.text(2, spec.producer);
  out.message(7, (out) => graph(out, spec));
  opset(out, 8, "", spec.opset ?? 21);
  for (const [domain, version] of Object.entries(spec.opsets ?? {})) opset(out, 8, domain, version);
  for (const { name, domain, inputs, outputs, nodes } of spec.functions ?? []) {
    out.message(25, (out) => {
      out.text(1, name);
      for (const each of inputs) out.string(4, each);
      for (const each of outputs) out.string(5, each);
      for (const each of nodes) out.message(7, (out) => node(out, each));
      opset(out, 9, "", spec.opset ?? 21);
      out.text(10, domain);
    });
  }
  return out.finish();
}
