/** The table of element types. A further dtype is a further row. */

export type DType = "float32" | "int32" | "uint8" | "bool";

export type TypedArray = Float32Array | Int32Array | Uint8Array;

export interface DTypeInfo {
  /** Number of the type in commands and keys. */
  readonly code: number;
  /** Bytes an element. */
  readonly bytes: number;
  /** Rank in promotion: the result of mixing two types is the higher one. */
  readonly rank: number;
  readonly float: boolean;
  readonly array: new (
    source: number | ArrayLike<number> | ArrayBufferLike,
    byteOffset?: number,
    length?: number,
  ) => TypedArray;
}

export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  float32: { code: 0, bytes: 4, rank: 3, float: true, array: Float32Array as DTypeInfo["array"] },
  int32: { code: 1, bytes: 4, rank: 2, float: false, array: Int32Array as DTypeInfo["array"] },
  uint8: { code: 2, bytes: 1, rank: 1, float: false, array: Uint8Array as DTypeInfo["array"] },
  bool: { code: 3, bytes: 1, rank: 0, float: false, array: Uint8Array as DTypeInfo["array"] },
};

/** The type that holds both: bool < uint8 < int32 < float32. */
export function promote(a: DType, b: DType): DType {
  return dtypes[a].rank >= dtypes[b].rank ? a : b;
}
