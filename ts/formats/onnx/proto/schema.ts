/**
 * The messages of an ONNX file that hebb reads, as tables.
 *
 * Source: onnx.proto of ONNX 1.22 (IR version 14). Fields that say nothing about values (documentation, metadata of nodes,
 * sharding) are skipped.
 */
import {
  bytes,
  double,
  float,
  int,
  int32,
  int64,
  list,
  type Message,
  many,
  nested,
  one,
  string,
  uint64,
} from "./wire.ts";

export interface StringEntry {
  key: string;
  value: string;
}

export interface TensorProto {
  name: string;
  dims: number[];
  dataType: number;
  raw?: Uint8Array;
  floats: number[];
  int32s: number[];
  int64s: bigint[];
  doubles: number[];
  uint64s: bigint[];
  strings: Uint8Array[];
  /** 1: the values are in another file, which `external` names. */
  location: number;
  external: StringEntry[];
  segment?: object;
}

export interface SparseTensorProto {
  values?: TensorProto;
  indices?: TensorProto;
  dims: number[];
}

export interface Dimension {
  value?: number;
  param?: string;
}

export interface TensorType {
  elemType: number;
  shape?: { dims: Dimension[] };
}

/** One of its fields is there; none: any type. */
export interface TypeProto {
  tensor?: TensorType;
  sparse?: TensorType;
  sequence?: { element?: TypeProto };
  optional?: { element?: TypeProto };
  map?: { keyType: number; value?: TypeProto };
}

export interface ValueInfo {
  name: string;
  type?: TypeProto;
}

export interface AttributeProto {
  name: string;
  /** The attribute of the enclosing function that it stands for. */
  ref: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  sparse?: SparseTensorProto;
  tp?: TypeProto;
  floats: number[];
  ints: number[];
  strings: Uint8Array[];
  tensors: TensorProto[];
  graphs: GraphProto[];
}

export interface NodeProto {
  name: string;
  opType: string;
  domain: string;
  overload: string;
  inputs: string[];
  outputs: string[];
  attributes: AttributeProto[];
}

export interface GraphProto {
  name: string;
  nodes: NodeProto[];
  initializers: TensorProto[];
  sparseInitializers: SparseTensorProto[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
}

export interface OperatorSet {
  domain: string;
  version: number;
}

export interface FunctionProto {
  name: string;
  domain: string;
  overload: string;
  inputs: string[];
  outputs: string[];
  /** Names of attributes without a default. */
  attributes: string[];
  /** Attributes with their defaults. */
  defaults: AttributeProto[];
  nodes: NodeProto[];
  opsets: OperatorSet[];
}

export interface ModelProto {
  irVersion: number;
  producer: string;
  producerVersion: string;
  opsets: OperatorSet[];
  graph?: GraphProto;
  functions: FunctionProto[];
  metadata: StringEntry[];
}

/** A sequence or an optional value in a file of its own (test data). */
export interface SequenceProto {
  name: string;
  elemType: number;
  tensors: TensorProto[];
  sparse: SparseTensorProto[];
  sequences: SequenceProto[];
  maps: MapProto[];
  optionals: OptionalProto[];
}

export interface OptionalProto {
  name: string;
  elemType: number;
  tensor?: TensorProto;
  sparse?: SparseTensorProto;
  sequence?: SequenceProto;
  map?: MapProto;
  optional?: OptionalProto;
}

export interface MapProto {
  name: string;
  keyType: number;
  keys: bigint[];
  stringKeys: Uint8Array[];
  values?: SequenceProto;
}

const stringEntry: Message<StringEntry> = {
  name: "StringStringEntryProto",
  empty: () => ({ key: "", value: "" }),
  fields: { 1: one("key", string), 2: one("value", string) },
};

const segment: Message<object> = { name: "TensorProto.Segment", empty: () => ({}), fields: {} };

export const tensorProto: Message<TensorProto> = {
  name: "TensorProto",
  empty: () => ({
    name: "",
    dims: [],
    dataType: 0,
    floats: [],
    int32s: [],
    int64s: [],
    doubles: [],
    uint64s: [],
    strings: [],
    location: 0,
    external: [],
  }),
  fields: {
    1: many("dims", int),
    2: one("dataType", int32),
    3: nested("segment", () => segment),
    4: many("floats", float),
    5: many("int32s", int32),
    6: many("strings", bytes),
    7: many("int64s", int64),
    8: one("name", string),
    9: one("raw", bytes),
    10: many("doubles", double),
    11: many("uint64s", uint64),
    13: list("external", () => stringEntry),
    14: one("location", int32),
  },
};

const sparseTensorProto: Message<SparseTensorProto> = {
  name: "SparseTensorProto",
  empty: () => ({ dims: [] }),
  fields: { 1: nested("values", () => tensorProto), 2: nested("indices", () => tensorProto), 3: many("dims", int) },
};

const dimension: Message<Dimension> = {
  name: "TensorShapeProto.Dimension",
  empty: () => ({}),
  fields: { 1: one("value", int), 2: one("param", string) },
};

const tensorShape: Message<{ dims: Dimension[] }> = {
  name: "TensorShapeProto",
  empty: () => ({ dims: [] }),
  fields: { 1: list("dims", () => dimension) },
};

const tensorType: Message<TensorType> = {
  name: "TypeProto.Tensor",
  empty: () => ({ elemType: 0 }),
  fields: { 1: one("elemType", int32), 2: nested("shape", () => tensorShape) },
};

const elementType: Message<{ element?: TypeProto }> = {
  name: "TypeProto.Sequence",
  empty: () => ({}),
  fields: { 1: nested("element", () => typeProto) },
};

const mapType: Message<{ keyType: number; value?: TypeProto }> = {
  name: "TypeProto.Map",
  empty: () => ({ keyType: 0 }),
  fields: { 1: one("keyType", int32), 2: nested("value", () => typeProto) },
};

const typeProto: Message<TypeProto> = {
  name: "TypeProto",
  empty: () => ({}),
  fields: {
    1: nested("tensor", () => tensorType),
    4: nested("sequence", () => elementType),
    5: nested("map", () => mapType),
    8: nested("sparse", () => tensorType),
    9: nested("optional", () => elementType),
  },
};

const valueInfo: Message<ValueInfo> = {
  name: "ValueInfoProto",
  empty: () => ({ name: "" }),
  fields: { 1: one("name", string), 2: nested("type", () => typeProto) },
};

const attributeProto: Message<AttributeProto> = {
  name: "AttributeProto",
  empty: () => ({ name: "", ref: "", type: 0, floats: [], ints: [], strings: [], tensors: [], graphs: [] }),
  fields: {
    1: one("name", string),
    2: one("f", float),
    3: one("i", int),
    4: one("s", bytes),
    5: nested("t", () => tensorProto),
    6: nested("g", () => graphProto),
    7: many("floats", float),
    8: many("ints", int),
    9: many("strings", bytes),
    10: list("tensors", () => tensorProto),
    11: list("graphs", () => graphProto),
    14: nested("tp", () => typeProto),
    20: one("type", int32),
    21: one("ref", string),
    22: nested("sparse", () => sparseTensorProto),
  },
};

const nodeProto: Message<NodeProto> = {
  name: "NodeProto",
  empty: () => ({ name: "", opType: "", domain: "", overload: "", inputs: [], outputs: [], attributes: [] }),
  fields: {
    1: many("inputs", string),
    2: many("outputs", string),
    3: one("name", string),
    4: one("opType", string),
    5: list("attributes", () => attributeProto),
    7: one("domain", string),
    8: one("overload", string),
  },
};

const graphProto: Message<GraphProto> = {
  name: "GraphProto",
  empty: () => ({ name: "", nodes: [], initializers: [], sparseInitializers: [], inputs: [], outputs: [] }),
  fields: {
    1: list("nodes", () => nodeProto),
    2: one("name", string),
    5: list("initializers", () => tensorProto),
    11: list("inputs", () => valueInfo),
    12: list("outputs", () => valueInfo),
    15: list("sparseInitializers", () => sparseTensorProto),
  },
};

const operatorSet: Message<OperatorSet> = {
  name: "OperatorSetIdProto",
  empty: () => ({ domain: "", version: 0 }),
  fields: { 1: one("domain", string), 2: one("version", int) },
};

const functionProto: Message<FunctionProto> = {
  name: "FunctionProto",
  empty: () => ({
    name: "",
    domain: "",
    overload: "",
    inputs: [],
    outputs: [],
    attributes: [],
    defaults: [],
    nodes: [],
    opsets: [],
  }),
  fields: {
    1: one("name", string),
    4: many("inputs", string),
    5: many("outputs", string),
    6: many("attributes", string),
    7: list("nodes", () => nodeProto),
    9: list("opsets", () => operatorSet),
    10: one("domain", string),
    11: list("defaults", () => attributeProto),
    13: one("overload", string),
  },
};

export const modelProto: Message<ModelProto> = {
  name: "ModelProto",
  empty: () => ({ irVersion: 0, producer: "", producerVersion: "", opsets: [], functions: [], metadata: [] }),
  fields: {
    1: one("irVersion", int),
    2: one("producer", string),
    3: one("producerVersion", string),
    7: nested("graph", () => graphProto),
    8: list("opsets", () => operatorSet),
    14: list("metadata", () => stringEntry),
    25: list("functions", () => functionProto),
  },
};

export const sequenceProto: Message<SequenceProto> = {
  name: "SequenceProto",
  empty: () => ({ name: "", elemType: 0, tensors: [], sparse: [], sequences: [], maps: [], optionals: [] }),
  fields: {
    1: one("name", string),
    2: one("elemType", int32),
    3: list("tensors", () => tensorProto),
    4: list("sparse", () => sparseTensorProto),
    5: list("sequences", () => sequenceProto),
    6: list("maps", () => mapProto),
    7: list("optionals", () => optionalProto),
  },
};

export const optionalProto: Message<OptionalProto> = {
  name: "OptionalProto",
  empty: () => ({ name: "", elemType: 0 }),
  fields: {
    1: one("name", string),
    2: one("elemType", int32),
    3: nested("tensor", () => tensorProto),
    4: nested("sparse", () => sparseTensorProto),
    5: nested("sequence", () => sequenceProto),
    6: nested("map", () => mapProto),
    7: nested("optional", () => optionalProto),
  },
};

export const mapProto: Message<MapProto> = {
  name: "MapProto",
  empty: () => ({ name: "", keyType: 0, keys: [], stringKeys: [] }),
  fields: {
    1: one("name", string),
    2: one("keyType", int32),
    3: many("keys", int64),
    4: many("stringKeys", bytes),
    5: nested("values", () => sequenceProto),
  },
};
