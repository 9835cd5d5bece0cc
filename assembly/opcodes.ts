// Numbers that the map interpreter shares with its lowering (bare constants: valid in AssemblyScript and TypeScript).

/** Values a block: as long runs of every stream as leave a program's live values in the first-level cache. */
export const BLOCK = 1024;

/** Longest period of an operand that is gathered once for all blocks; longer ones are used in place, run by run. */
export const MAP_PERIOD = 512;

/** Most temporaries of a map block, and the bytes of one: a block of 4-byte values and room to overshoot. */
export const MAP_TEMPS = 40;
export const TEMP_BYTES = 4160;

/** Most operands of a map block, and most dimensions of its iteration space. */
export const MAP_OPERANDS = 64;
export const MAP_DIMS = 16;

/** Bytes of scratch a thread that belong to maps: tables (4096), then the temporaries. Kernels' own scratch follows. */
export const MAP_SCRATCH = 170496;

// Opcodes: rows of the table in elementwise.ts, in its order. float32 first; `_INT` works on int32 lanes (bool and uint8 too).
export const MOVE = 0;
export const ADD = 1;
export const SUB = 2;
export const MUL = 3;
export const DIV = 4;
export const MAXIMUM = 5;
export const MINIMUM = 6;
export const EQ = 7;
export const LT = 8;
export const LE = 9;
export const NEG = 10;
export const ABS = 11;
export const SIGN = 12;
export const FLOOR = 13;
export const CEIL = 14;
export const ROUND = 15;
export const SQRT = 16;
export const NOT = 17;
export const EXP = 18;
export const EXPM1 = 19;
export const LOG = 20;
export const LOG1P = 21;
export const SIN = 22;
export const COS = 23;
export const TAN = 24;
export const ATAN = 25;
export const TANH = 26;
export const ERF = 27;
export const SIGMOID = 28;
export const POW = 29;
export const MOD = 30;
export const MUL_ADD = 31;
export const WHERE = 32;
export const ADD_INT = 33;
export const SUB_INT = 34;
export const MUL_INT = 35;
export const DIV_INT = 36;
export const MAXIMUM_INT = 37;
export const MINIMUM_INT = 38;
export const EQ_INT = 39;
export const LT_INT = 40;
export const LE_INT = 41;
export const NEG_INT = 42;
export const ABS_INT = 43;
export const SIGN_INT = 44;
export const NOT_INT = 45;
export const POW_INT = 46;
export const MOD_INT = 47;
export const AND = 48;
export const OR = 49;
export const XOR = 50;
/** The low 8 bits: what is left of uint8 arithmetic. */
export const WRAP_UINT8 = 51;
export const FLOAT_TO_INT = 52;
export const FLOAT_TO_UINT8 = 53;
export const INT_TO_FLOAT = 54;
/** x ≠ 0. */
export const FLOAT_TO_BOOL = 55;
export const INT_TO_BOOL = 56;
/** 32 random bits to float32 in [0, 1). */
export const UNIFORM = 57;
/** c - a b. */
export const NEG_MUL_ADD = 58;
/** a b + c d. */
export const MUL_ADD_MUL = 59;
/** √a b + c. */
export const SQRT_MUL_ADD = 60;
/** d - a / b c. */
export const DIV_MUL_SUB = 61;
/** max(a + b, c). */
export const ADD_MAXIMUM = 62;
/** max(a b + c, d). */
export const MUL_ADD_MAXIMUM = 63;

// Kinds of a map's operands.
/** 4-byte elements that lie as the iteration space is walked: used in place. */
export const LINEAR = 0;
/** One element for all. */
export const SPLAT = 1;
/** Any strides, or 1-byte elements: gathered into a temporary (or used in place where a block lies within one run). */
export const STRIDED = 2;
/** As STRIDED, repeating every `period` ≤ MAP_PERIOD elements: gathered once a call. */
export const PERIODIC = 3;

// Reductions: rows of the tables in fold.ts; each float32 one is followed by its int32 one.
export const SUM = 0;
export const PROD = 2;
export const MAX = 4;
export const MIN = 6;
export const ARGMAX = 8;
export const ARGMIN = 10;

/** Bytes of scratch that a reduction needs: four arrays of a block. */
export const REDUCE_SCRATCH = 16640;
