/**
 * What a page and its worker tell each other. Values are numbers that the page gives out; behind each the worker keeps a
 * source, wherever its devices have it at the moment.
 */
import type { StagePlan } from "../../compiler/explain.ts";
import type { DType, TypedArray } from "../../core/dtype.ts";
import type { Piece } from "../../platform/platform.ts";
import type { InitOptions } from "../options.ts";
import type { Parcel } from "./parcel.ts";

/** What the worker started. */
export interface Started {
  readonly name: "wasm" | "webgpu";
  readonly adapter: string | undefined;
}

/** Values that never change, by their numbers. */
export type Supplies = readonly (readonly [id: number, { host: TypedArray | number }])[];

export interface BuildRequest {
  /** The program's number from now on; 0 only describes it. */
  readonly program: number;
  readonly parcel: Parcel;
  /** Constants that the worker may not have. */
  readonly supplies: Supplies;
  /** Families of passes that the page uses. */
  readonly passes: readonly string[];
}

/** A plan as it travels: ways by kernel, since functions do not. */
export interface WireStage extends Omit<StagePlan, "wayOf"> {
  readonly ways: readonly (string | null)[];
}

/** The plan, or the constants that the worker has forgotten. */
export type BuildReply =
  | { readonly stages: readonly WireStage[]; readonly threads: number | undefined }
  | { readonly missing: readonly number[] };

/** What a program reads: a value by its number, or from the host; a number beside that keeps it. */
export interface LeafGiven {
  readonly id: number;
  host: TypedArray | number | null;
  readonly owner: string | undefined;
}

export interface RunRequest {
  readonly program: number;
  readonly leaves: readonly LeafGiven[];
  /** For every output: 0 brings it here, a number keeps it under that; -1 is an update. */
  readonly outputs: readonly number[];
  /** Kernels to be timed; 0 times none. */
  readonly timed: number;
}

export interface RunReply {
  /** Null for what stays there. */
  readonly values: readonly (TypedArray | null)[];
  readonly times: Float64Array | null;
  /** Grows when programs made before shall be started no more. */
  readonly edition: number;
}

/** A value to be read: its type and its number of elements. */
export interface ReadRequest {
  readonly id: number;
  readonly dtype: DType;
  readonly size: number;
}

/** What nobody needs any more. */
export interface Release {
  readonly values: readonly number[];
  readonly programs: readonly number[];
  readonly constants: readonly number[];
}

/** The worker's side. */
export type Service = {
  start(options: WireOptions): Promise<Started>;
  build(request: BuildRequest): Promise<BuildReply>;
  run(request: RunRequest): Promise<RunReply>;
  read(request: ReadRequest): Promise<TypedArray>;
  release(request: Release): void;
};

/** Options without what belongs to the page; a URL travels as text. */
export interface WireOptions extends Omit<InitOptions, "wasm" | "worker"> {
  readonly wasm?: WebAssembly.Module | BufferSource | string | undefined;
  /** Where the builds of the kernels lie: beside the page's bundle, wherever the worker's module was moved. */
  readonly places: Readonly<Partial<Record<Piece, string>>>;
}
