/** The picture classifier that train.ts makes: its classes, and how it wants its colours. */
export const shapes = ["circle", "ring", "square", "triangle", "cross", "star"] as const;

/** For `toTensor`. */
export const centred = { mean: 0.5, std: 0.25 } as const;
