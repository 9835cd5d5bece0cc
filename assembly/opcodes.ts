// Numbers that the map interpreter shares with its lowering (bare constants: valid in AssemblyScript and TypeScript).

/** Values a block: small enough that a program's live values stay in the first-level cache. */
export const BLOCK = 512;

/** Most temporaries of a map block, and the bytes of one: a block of 4-byte values and room to overshoot. */
export const MAP_TEMPS = 40;
export const TEMP_BYTES = 2112;

/** Most operands of a map block, and most dimensions of its iteration space. */
export const MAP_OPERANDS = 64;
export const MAP_DIMS = 16;

/** Bytes of scratch a thread that belong to maps: tables (4096), then the temporaries. Kernels' own scratch follows. */
export const MAP_SCRATCH = 88576;
