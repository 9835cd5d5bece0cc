/** ONNX files written from plain data: the few messages of the format that models need, field by field. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

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

type Write = (out: BinaryWriter) => void;

function message(out: BinaryWriter, field: number, write: Write): void {
  out.tag(field, WireType.LengthDelimited).fork();
  write(out);
  out.join();
}

const text = (out: BinaryWriter, field: number, value: string | undefined): void => {
  if (value !== undefined && value !== "") out.tag(field, WireType.LengthDelimited).string(value);
};
const integer = (out: BinaryWriter, field: number, value: number): void => {
  out.tag(field, WireType.Varint).int64(value);
};

function tensor(out: BinaryWriter, { name, dims, type = 1, raw, external }: TensorSpec): void {
  for (const size of dims) integer(out, 1, size);
  integer(out, 2, type);
  text(out, 8, name);
  if (raw !== undefined) out.tag(9, WireType.LengthDelimited).bytes(raw);
  for (const [key, value] of Object.entries(external ?? {})) {
    message(out, 13, () => {
      text(out, 1, key);
      text(out, 2, value);
    });
  }
  if (external !== undefined) integer(out, 14, 1);
}

function attribute(out: BinaryWriter, name: string, value: AttributeValue): void {
  text(out, 1, name);
  if (typeof value === "number") {
    integer(out, 3, value);
    integer(out, 20, 2);
  } else if (typeof value === "string") {
    out.tag(4, WireType.LengthDelimited).string(value);
    integer(out, 20, 3);
  } else if (Array.isArray(value)) {
    for (const each of value as readonly number[]) integer(out, 8, each);
    integer(out, 20, 7);
  } else if ("strings" in value) {
    for (const each of value.strings) out.tag(9, WireType.LengthDelimited).string(each);
    integer(out, 20, 8);
  } else if ("float" in value) {
    out.tag(2, WireType.Bit32).float(value.float);
    integer(out, 20, 1);
  } else if ("nodes" in value) {
    message(out, 6, () => graph(out, value));
    integer(out, 20, 5);
  } else {
    message(out, 5, () => tensor(out, value as TensorSpec));
    integer(out, 20, 4);
  }
}

function node(out: BinaryWriter, { op, domain, name, inputs, outputs, attributes = {} }: NodeSpec): void {
  for (const input of inputs) out.tag(1, WireType.LengthDelimited).string(input);
  for (const output of outputs) out.tag(2, WireType.LengthDelimited).string(output);
  text(out, 3, name);
  text(out, 4, op);
  for (const [key, value] of Object.entries(attributes)) message(out, 5, () => attribute(out, key, value));
  text(out, 7, domain);
}

function value(out: BinaryWriter, [name, type, shape]: ValueSpec): void {
  text(out, 1, name);
  message(out, 2, () =>
    message(out, 1, () => {
      integer(out, 1, type);
      message(out, 2, () => {
        for (const size of shape) {
          message(out, 1, () => (typeof size === "number" ? integer(out, 1, size) : text(out, 2, size)));
        }
      });
    }),
  );
}

function graph(out: BinaryWriter, { nodes, inputs = [], outputs, initializers = [] }: GraphSpec): void {
  for (const each of nodes) message(out, 1, () => node(out, each));
  text(out, 2, "main");
  for (const each of initializers) message(out, 5, () => tensor(out, each));
  for (const each of inputs) message(out, 11, () => value(out, each));
  for (const each of outputs) message(out, 12, () => value(out, each));
}

function opset(out: BinaryWriter, field: number, domain: string, version: number): void {
  message(out, field, () => {
    text(out, 1, domain);
    integer(out, 2, version);
  });
}

/** The bytes of a model; opset 21 unless it says another. */
export function writeModel(spec: ModelSpec): Uint8Array {
  const out = new BinaryWriter();
  integer(out, 1, 8);
  text(out, 2, spec.producer);
  message(out, 7, () => graph(out, spec));
  opset(out, 8, "", spec.opset ?? 21);
  for (const [domain, version] of Object.entries(spec.opsets ?? {})) opset(out, 8, domain, version);
  for (const { name, domain, inputs, outputs, nodes } of spec.functions ?? []) {
    message(out, 25, () => {
      text(out, 1, name);
      for (const each of inputs) out.tag(4, WireType.LengthDelimited).string(each);
      for (const each of outputs) out.tag(5, WireType.LengthDelimited).string(each);
      for (const each of nodes) message(out, 7, () => node(out, each));
      opset(out, 9, "", spec.opset ?? 21);
      text(out, 10, domain);
    });
  }
  return out.finish();
}
