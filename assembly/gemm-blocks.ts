// Sizes that the packed matrix product and its lowerings share, in floats. Read by AssemblyScript and by TypeScript alike.

/** Rows and columns of a register tile: measured in bench/lab/matmul. */
export const MR = 4;
export const NR = 8;
/** Depth of a panel: an A and a B panel of this depth fill about half of a 32 KiB first-level cache. */
export const KC = 256;
/** Rows of a packed A block, a multiple of MR: MC × KC floats are 128 KiB. */
export const MC = 128;
/** Columns of a packed B block, a multiple of NR: KC × NC floats are 1 MiB. */
export const NC = 1024;
