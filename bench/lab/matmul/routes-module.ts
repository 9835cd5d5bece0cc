// AssemblyScript: one matrix product by a route of choice, so that the routes of assembly/matmul.ts can be raced.
// route: 0 tiles, + 1 pack A, + 2 pack B; 4 row, 5 dot, 6 dots. Strides in elements.

import { Gemm } from "../../../assembly/gemm";
import { Gemv } from "../../../assembly/gemv";

export function product(
  route: i32, m: i32, n: i32, k: i32, a: usize, am: i32, ak: i32, b: usize, bk: i32, bn: i32, c: usize, pa: usize, pb: usize,
): void {
  am <<= 2;
  ak <<= 2;
  bk <<= 2;
  bn <<= 2;
  const ldc = n << 2;
  if (route == 4) return Gemv.row(n, k, a, ak, b, bk, c);
  if (route == 5) return Gemv.dot(n, k, a, b, bn, c);
  if (route == 6) return Gemv.dots(m, n, k, a, am, b, bn, c, ldc);
  const packA = route & 1, packB = route & 2;
  for (let d = 0; d < k; d += Gemm.KC) {
    const depth = min(k - d, Gemm.KC);
    let fromB = b + d * bk, bStep = bk, bPanel = Gemm.NR << 2;
    if (packB) {
      Gemm.packB(pb, fromB, bk, bn, depth, n);
      fromB = pb;
      bStep = Gemm.NR << 2;
      bPanel = depth * bStep;
    }
    for (let i = 0; i < m; i += Gemm.MC) {
      const height = min(m - i, Gemm.MC);
      let fromA = a + i * am + d * ak, aStep = ak, aPanel = Gemm.MR * am;
      if (packA) {
        Gemm.packA(pa, fromA, am, ak, height, depth);
        fromA = pa;
        aStep = Gemm.MR << 2;
        aPanel = depth * aStep;
      }
      let panel = fromB, to = c + i * ldc;
      for (let j = 0; j < n; j += Gemm.NR) {
        if (!packA && am != 4) Gemm.rows(height, min(n - j, Gemm.NR), depth, fromA, am, panel, bStep, to, ldc, d > 0);
        else Gemm.steps(height, min(n - j, Gemm.NR), depth, fromA, aPanel, aStep, panel, bStep, to, ldc, d > 0);
        panel += bPanel;
        to += Gemm.NR << 2;
      }
    }
  }
}
