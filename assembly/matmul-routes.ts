// How a matmul command goes about its work (see matmul.ts). Read by AssemblyScript and by TypeScript alike.

export const TILES = 0;
export const PACK_A = 1;
export const PACK_B = 2;
export const ROW = 4;
export const DOT = 5;
export const DOTS = 6;
export const DOTS_OF_COPY = 7;
export const PANELS = 8;
export const ROW_OF_PANELS = 12;
