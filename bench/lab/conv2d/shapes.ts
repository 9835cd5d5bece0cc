type Pair = readonly [number, number];

/** Layers whose convolutions are measured: LeNet-5, a small strided network, and the layers of larger ones. */
export interface Layer {
  readonly name: string;
  readonly x: readonly [number, number, number, number];
  readonly o: number;
  /** One number for both axes (all four sides), or one for each. */
  readonly k: number | Pair;
  readonly s?: number | Pair;
  readonly p?: number | readonly [top: number, left: number, bottom: number, right: number];
  readonly d?: number | Pair;
  readonly groups?: number;
  /** How often its model has it. */
  readonly count?: number;
  /** Which kernels to measure: forward, dx, dw. */
  readonly run?: string;
}

export const layers: readonly Layer[] = [
  { name: "lenet1", x: [64, 1, 28, 28], o: 6, k: 5, p: 2, run: "yw" },
  { name: "lenet2", x: [64, 6, 14, 14], o: 16, k: 5, run: "yxw" },
  { name: "cnn1", x: [16, 1, 28, 28], o: 8, k: 3, s: 2, p: 1, run: "yw" },
  { name: "cnn2", x: [16, 8, 14, 14], o: 16, k: 3, s: 2, p: 1, run: "yxw" },
  { name: "3x3 64@56", x: [1, 64, 56, 56], o: 64, k: 3, p: 1, run: "yxw" },
  { name: "3x3 128@28", x: [1, 128, 28, 28], o: 128, k: 3, p: 1, run: "y" },
  { name: "3x3 256@14", x: [1, 256, 14, 14], o: 256, k: 3, p: 1, run: "y" },
  { name: "3x3 512@7", x: [1, 512, 7, 7], o: 512, k: 3, p: 1, run: "y" },
  { name: "3x3 16-64@55", x: [1, 16, 55, 55], o: 64, k: 3, p: 1, run: "y" },
  { name: "3x3 64-256@13", x: [1, 64, 13, 13], o: 256, k: 3, p: 1, run: "y" },
  { name: "3x3s2 64-128@56", x: [1, 64, 56, 56], o: 128, k: 3, s: 2, p: 1, run: "yx" },
  { name: "3x3d2 64@28", x: [1, 64, 28, 28], o: 64, k: 3, p: 2, d: 2, run: "y" },
  { name: "5x5 32-64@28", x: [1, 32, 28, 28], o: 64, k: 5, p: 2, run: "y" },
  { name: "7x7s2 3-64@224", x: [1, 3, 224, 224], o: 64, k: 7, s: 2, p: 3, run: "y" },
  { name: "3x3s2 3-32@224", x: [1, 3, 224, 224], o: 32, k: 3, s: 2, p: 1, run: "y" },
  { name: "9x9 32-3@128", x: [1, 32, 128, 128], o: 3, k: 9, p: 4, run: "y" },
  { name: "1x1 256@28", x: [1, 256, 28, 28], o: 256, k: 1, run: "yxw" },
  { name: "1x1 64@56", x: [1, 64, 56, 56], o: 64, k: 1, run: "y" },
  { name: "1x1 512@7", x: [1, 512, 7, 7], o: 512, k: 1, run: "y" },
  { name: "1x1 480-80@1", x: [1, 480, 1, 1], o: 80, k: 1, run: "y" },
  { name: "1x1s2 64-128@56", x: [1, 64, 56, 56], o: 128, k: 1, s: 2, run: "y" },
  { name: "dw3x3 256@28", x: [1, 256, 28, 28], o: 256, k: 3, p: 1, groups: 256, run: "yxw" },
  { name: "dw3x3s2 128@56", x: [1, 128, 56, 56], o: 128, k: 3, s: 2, p: 1, groups: 128, run: "y" },
  { name: "dw5x5 240@14", x: [1, 240, 14, 14], o: 240, k: 5, p: 2, groups: 240, run: "y" },
  { name: "dw3x3 32@112", x: [1, 32, 112, 112], o: 32, k: 3, p: 1, groups: 32, run: "y" },
  // where minimal filtering begins to pay
  { name: "few 1-32@64", x: [1, 1, 64, 64], o: 32, k: 3, p: 1 },
  { name: "few 3-64@112", x: [1, 3, 112, 112], o: 64, k: 3, p: 1 },
  { name: "few 3-8@64", x: [1, 3, 64, 64], o: 8, k: 3, p: 1 },
  { name: "few 64-3@64", x: [1, 64, 64, 64], o: 3, k: 3, p: 1 },
  { name: "few 64-6@64", x: [1, 64, 64, 64], o: 6, k: 3, p: 1 },
  { name: "few 8-8@14", x: [16, 8, 14, 14], o: 8, k: 3, p: 1, run: "yxw" },
  { name: "few 4-8@28", x: [16, 4, 28, 28], o: 8, k: 3, p: 1, run: "yxw" },
  { name: "few 64-64@4", x: [1, 64, 4, 4], o: 64, k: 3, p: 1, run: "yxw" },
  { name: "few 128-128@3", x: [1, 128, 3, 3], o: 128, k: 3, p: 1, run: "yxw" },
];
