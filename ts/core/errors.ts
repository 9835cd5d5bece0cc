/**
 * Every error that hebb throws. Messages read `op: cannot <action> <values>: <state>, <wanted>`, e.g.
 * `matmul: cannot multiply [2, 3] by [4, 5]: inner dimensions 3 and 4 differ`.
 */

/** Shapes, axes or indices that do not fit. */
export class ShapeError extends RangeError {
  /** "ShapeError". */
  override name = "ShapeError";
}

/** Element types that do not fit. */
export class DTypeError extends TypeError {
  /** "DTypeError". */
  override name = "DTypeError";
}

/** Something hebb, this device or this runtime cannot do; names it. */
export class UnsupportedError extends Error {
  /** "UnsupportedError". */
  override name = "UnsupportedError";
}

/** Bytes that are not what they claim to be; names file, offset and what was expected. */
export class FormatError extends Error {
  /** "FormatError". */
  override name = "FormatError";
}

/** A lazy tensor that was built on a parameter's value before an update, asked for after it. */
export class StaleError extends Error {
  /** "StaleError". */
  override name = "StaleError";
}

/** A device that failed: lost, out of memory, or a kernel that refused its input. */
export class DeviceError extends Error {
  /** "DeviceError". */
  override name = "DeviceError";
}
