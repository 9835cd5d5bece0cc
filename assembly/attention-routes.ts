// How the attention kernel reads keys and values (attention.ts). Read by AssemblyScript and by TypeScript alike.

export const ROWS = 0;
export const COLUMNS = 1;
export const COPY = 2;
