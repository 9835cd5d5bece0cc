// Numbers that the map interpreter shares with its lowering (bare constants: valid in AssemblyScript and TypeScript).

/**
 * Values a block: as long runs of every stream as leave a program's live values in the first-level cache. Of a program with
 * 8-byte values half as many, so that a temporary holds either.
 */
export const BLOCK = 1024;
export const WIDE_BLOCK = 512;

/** Longest period of an operand that is gathered once for all blocks; longer ones are used in place, run by run. */
export const MAP_PERIOD = 512;

/** Most temporaries of a map block, and the bytes of one: a block of values and room to overshoot. */
export const MAP_TEMPS = 64;
export const TEMP_BYTES = 4160;

/** Most operands of a map block, and most dimensions of its iteration space. */
export const MAP_OPERANDS = 64;
export const MAP_DIMS = 16;

/** Bytes of scratch a thread that belong to maps: tables (4096), then the temporaries. Kernels' own scratch follows. */
export const MAP_SCRATCH = 270336;

// Opcodes: rows of the table in elementwise.ts, in its order. float32 first; `_INT` works on int32
// lanes (of smaller integers and bool too), `_U32` on unsigned ones, `_F64`, `_I64` and `_U64` on lanes of 8 bytes.
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
/** The low bits, by the shift b that takes the others away: what is left of arithmetic in smaller integers. */
export const WRAP_UNSIGNED = 51;
export const FLOAT_TO_INT = 52;
export const WRAP_SIGNED = 53;
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

/** min(max(a, b), c). */
export const CLAMP = 64;
/** min(max(a + b, c), d). */
export const ADD_CLAMP = 65;
/** a b / c. */
export const MUL_DIV = 66;
/** a < c ? a b : a. */
export const LEAKY = 67;

/** From this opcode on instructions are in the full build alone. */
export const FULL_OPCODES = 68;
export const TRUNC = 68;
export const FMOD = 69;
export const FMOD_INT = 70;
export const SHIFT_LEFT_INT = 71;
export const SHIFT_RIGHT_INT = 72;
export const SHIFT_RIGHT_U32 = 73;
export const DIV_U32 = 74;
export const MOD_U32 = 75;
export const MAXIMUM_U32 = 76;
export const MINIMUM_U32 = 77;
export const LT_U32 = 78;
export const LE_U32 = 79;
export const POW_U32 = 80;
export const INVERT = 81;
export const U32_TO_FLOAT = 82;
export const FLOAT_TO_U32 = 83;
// Floats without arithmetic of their own, from bits and to bits. b: bits of the mantissa | bias << 8 | place of the sign << 16,
// c: bits of the greatest value | those of infinity << 16, d: those of NaN | of what is too great << 16 (convert.ts).
export const SMALL_TO_FLOAT = 84;
export const FLOAT_TO_SMALL = 85;
export const POWER_TO_FLOAT = 86;
/** To float8_e8m0fnu; b: 0 rounds down, 1 up, 2 to the nearest; c: 1 where it saturates. */
export const FLOAT_TO_POWER = 87;
export const BFLOAT16_TO_FLOAT = 88;
export const FLOAT_TO_BFLOAT16 = 89;
// From lanes of 8 bytes to 4.
export const F64_TO_FLOAT = 90;
/** To float32, an inexact result made odd: rounding that once more to a smaller float rounds as if once. */
export const F64_TO_ODD = 91;
export const F64_TO_INT = 92;
export const F64_TO_U32 = 93;
export const I64_TO_INT = 94;
export const I64_TO_FLOAT = 95;
export const U64_TO_FLOAT = 96;

/** Opcodes from here on give lanes of 8 bytes. */
export const WIDE = 97;
export const MOVE_WIDE = 97;
export const WHERE_WIDE = 98;
export const AND_WIDE = 99;
export const OR_WIDE = 100;
export const XOR_WIDE = 101;
export const INVERT_WIDE = 102;
// From lanes of 4 bytes to 8: the result must not lie where the argument does.
export const FLOAT_TO_F64 = 103;
export const INT_TO_I64 = 104;
export const U32_TO_I64 = 105;
// From 8 to 8.
export const I64_TO_F64 = 106;
export const U64_TO_F64 = 107;
export const F64_TO_I64 = 108;
export const F64_TO_U64 = 109;
export const ADD_F64 = 110;
export const SUB_F64 = 111;
export const MUL_F64 = 112;
export const DIV_F64 = 113;
export const MAXIMUM_F64 = 114;
export const MINIMUM_F64 = 115;
export const EQ_F64 = 116;
export const LT_F64 = 117;
export const LE_F64 = 118;
export const NEG_F64 = 119;
export const ABS_F64 = 120;
export const SIGN_F64 = 121;
export const FLOOR_F64 = 122;
export const CEIL_F64 = 123;
export const ROUND_F64 = 124;
export const TRUNC_F64 = 125;
export const SQRT_F64 = 126;
export const NOT_F64 = 127;
export const POW_F64 = 128;
export const MOD_F64 = 129;
export const FMOD_F64 = 130;
export const EXP_F64 = 131;
export const EXPM1_F64 = 132;
export const LOG_F64 = 133;
export const LOG1P_F64 = 134;
export const SIN_F64 = 135;
export const COS_F64 = 136;
export const TAN_F64 = 137;
export const ATAN_F64 = 138;
export const TANH_F64 = 139;
export const ERF_F64 = 140;
export const SIGMOID_F64 = 141;
export const ADD_I64 = 142;
export const SUB_I64 = 143;
export const MUL_I64 = 144;
export const MAXIMUM_I64 = 145;
export const MINIMUM_I64 = 146;
export const EQ_I64 = 147;
export const LT_I64 = 148;
export const LE_I64 = 149;
export const NEG_I64 = 150;
export const ABS_I64 = 151;
export const SIGN_I64 = 152;
export const NOT_I64 = 153;
export const DIV_I64 = 154;
export const MOD_I64 = 155;
export const FMOD_I64 = 156;
export const POW_I64 = 157;
export const SHIFT_LEFT_I64 = 158;
export const SHIFT_RIGHT_I64 = 159;
export const MAXIMUM_U64 = 160;
export const MINIMUM_U64 = 161;
export const LT_U64 = 162;
export const LE_U64 = 163;
export const DIV_U64 = 164;
export const MOD_U64 = 165;
export const POW_U64 = 166;
export const SHIFT_RIGHT_U64 = 167;

// Kinds of a map's operands.
/** Elements of 4 or 8 bytes that lie as the iteration space is walked: used in place. */
export const LINEAR = 0;
/** One element for all. */
export const SPLAT = 1;
/** Any strides, or elements of 1 or 2 bytes: gathered into a temporary (or used in place where a block lies within one run). */
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
