// Cells and activations of the recurrent kernel (recurrent.ts). Read by AssemblyScript and by TypeScript alike.

export const RNN = 0;
export const GRU = 1;
export const LSTM = 2;

export const SIGMOID = 0;
export const TANH = 1;
export const RELU = 2;
export const AFFINE = 3;
export const LEAKY_RELU = 4;
export const THRESHOLDED_RELU = 5;
export const SCALED_TANH = 6;
export const HARD_SIGMOID = 7;
export const ELU = 8;
export const SOFTSIGN = 9;
export const SOFTPLUS = 10;
