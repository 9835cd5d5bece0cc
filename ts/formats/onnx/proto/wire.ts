/**
 * Protobuf messages read by tables: a message is a table from field number to how the field is read into an object.
 *
 * Bytes are views on the input, never copies; lengths are checked against the bytes that are there before anything is made
 * of them, and nesting is bounded.
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { FormatError } from "../../../core/errors.ts";

/** What fields are read by. In words of this project, so that its types need no other package's. */
export interface Reader {
  readonly pos: number;
  readonly len: number;
  tag(): [field: number, wire: number];
  skip(wire: number, field: number): unknown;
  uint32(): number;
  int32(): number;
  int64(): bigint | string;
  uint64(): bigint | string;
  float(): number;
  double(): number;
  string(): string;
  bytes(): Uint8Array;
}

type Target = Record<string, unknown>;

/** How one field is read: the value goes into `target` under `name`. */
export interface Field {
  readonly name: string;
  read(reader: Reader, wire: number, target: Target, depth: number): void;
}

/** A message: its fields by number, and an empty one. */
export interface Message<T> {
  readonly name: string;
  readonly fields: Readonly<Record<number, Field>>;
  empty(): T;
}

/** Deepest nesting of messages that is read (subgraphs in subgraphs count about five levels each). */
const depthLimit = 120;

type Scalar<T> = (reader: Reader) => T;

/** int64 as a number: the sizes, axes and opsets of models; beyond 2^53 it is rounded. */
export const int: Scalar<number> = (reader) => Number(reader.int64());
export const int32: Scalar<number> = (reader) => reader.int32();
export const int64: Scalar<bigint> = (reader) => BigInt(reader.int64());
export const uint64: Scalar<bigint> = (reader) => BigInt(reader.uint64());
export const float: Scalar<number> = (reader) => reader.float();
export const double: Scalar<number> = (reader) => reader.double();
export const string: Scalar<string> = (reader) => reader.string();
export const bytes: Scalar<Uint8Array> = (reader) => reader.bytes();

/** The wire type that a scalar comes in when it is not packed. */
function wireOf(scalar: Scalar<unknown>): number {
  if (scalar === float) return WireType.Bit32;
  if (scalar === double) return WireType.Bit64;
  return scalar === string || scalar === bytes ? WireType.LengthDelimited : WireType.Varint;
}

function expectWire(reader: Reader, wire: number, wanted: number, name: string): void {
  if (wire === wanted) return;
  throw new FormatError(`field "${name}" at byte ${reader.pos} has wire type ${wire}, wanted ${wanted}`);
}

/** A field that appears once; the last one counts. */
export function one<T>(name: string, scalar: Scalar<T>): Field {
  const wanted = wireOf(scalar);
  return {
    name,
    read(reader, wire, target) {
      expectWire(reader, wire, wanted, name);
      target[name] = scalar(reader);
    },
  };
}

/** A repeated scalar, packed or not. */
export function many<T>(name: string, scalar: Scalar<T>): Field {
  const wanted = wireOf(scalar);
  return {
    name,
    read(reader, wire, target) {
      const list = target[name] as T[];
      if (wire !== WireType.LengthDelimited || wanted === WireType.LengthDelimited) {
        expectWire(reader, wire, wanted, name);
        list.push(scalar(reader));
        return;
      }
      const end = endOf(reader, name);
      while (reader.pos < end) list.push(scalar(reader));
      checkEnd(reader, end, name);
    },
  };
}

/** A message in a field. Later ones of the same field are merged into the first, as protobuf has it. */
export function nested<T>(name: string, message: () => Message<T>): Field {
  return {
    name,
    read(reader, wire, target, depth) {
      expectWire(reader, wire, WireType.LengthDelimited, name);
      const known = target[name] as T | undefined;
      target[name] = readFields(reader, endOf(reader, name), message(), depth + 1, known ?? message().empty());
    },
  };
}

/** A repeated message. */
export function list<T>(name: string, message: () => Message<T>): Field {
  return {
    name,
    read(reader, wire, target, depth) {
      expectWire(reader, wire, WireType.LengthDelimited, name);
      const end = endOf(reader, name);
      (target[name] as T[]).push(readFields(reader, end, message(), depth + 1, message().empty()));
    },
  };
}

function endOf(reader: Reader, name: string): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) {
    throw new FormatError(
      `field "${name}" at byte ${reader.pos} claims ${length} bytes: ${reader.len - reader.pos} are left`,
    );
  }
  return end;
}

function checkEnd(reader: Reader, end: number, name: string): void {
  if (reader.pos !== end) throw new FormatError(`"${name}" ends at byte ${reader.pos}, wanted ${end}`);
}

function readFields<T>(reader: Reader, end: number, { name, fields }: Message<T>, depth: number, target: T): T {
  if (depth > depthLimit)
    throw new FormatError(`messages are nested more than ${depthLimit} deep at byte ${reader.pos}`);
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const field = fields[number];
    if (field === undefined) reader.skip(wire, number);
    else field.read(reader, wire, target as Target, depth);
  }
  checkEnd(reader, end, name);
  return target;
}

/** Reads a whole message. Throws {@link FormatError} with the place and what was wrong there. */
export function readMessage<T>(data: Uint8Array, message: Message<T>, file: string): T {
  const reader = new BinaryReader(data);
  try {
    return readFields(reader, data.length, message, 0, message.empty());
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new FormatError(
      `onnx: cannot read ${file} as ${message.name}: ${what} (byte ${reader.pos} of ${data.length})`,
      {
        cause: error,
      },
    );
  }
}
