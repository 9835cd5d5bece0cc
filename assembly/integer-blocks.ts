// Blocks that the integer products and their lowerings share. Read by AssemblyScript and by TypeScript alike.

/** Lines that are packed at a time on the way: a multiple of 8. */
export const ROWS = 64;
/** Groups along the depth that are: an 8-line panel of them is half of a first-level cache. */
export const GROUPS = 512;
