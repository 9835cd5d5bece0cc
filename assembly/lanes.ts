// What arithmetic is done in, as kernels that work in several types are told. Bare constants, read by AssemblyScript and
// by TypeScript alike.

export const F32 = 0;
export const I32 = 1;
export const F64 = 2;
export const I64 = 3;
export const U32 = 4;
export const U64 = 5;
