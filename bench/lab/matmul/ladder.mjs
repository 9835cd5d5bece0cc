// Races register tiles (tiles.mjs):
// node [--experimental-wasm-relaxed-simd] bench/lab/matmul/ladder.mjs [--chromium] [--size N] [--rounds N] variant…
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, engine, flag, option } from "./engine.mjs";
import { measure } from "./measure.mjs";
import { source } from "./tiles.mjs";

const args = process.argv.slice(2);
const size = option(args, "--size", 480);
const rounds = option(args, "--rounds", 12);
const where = await engine(flag(args, "--chromium"));
const names = args.length > 0 ? args : ["4x8", "5x8", "6x8", "3x12", "4x12", "3x16", "2x16", "8x4"];

const folder = mkdtempSync(join(tmpdir(), "ladder-"));
try {
  for (const relaxed of [false, true]) {
    const entry = join(folder, "ladder.ts");
    writeFileSync(entry, source(names, relaxed));
    const bytes = compile(entry, relaxed);
    if (!where.validate(bytes)) {
      console.log("relaxed: not in this engine (Node 20 wants --experimental-wasm-relaxed-simd)");
      continue;
    }
    const result = await where.run(measure, bytes, names, size, rounds);
    console.log(`${relaxed ? "relaxed madd" : "mul + add"}, ${where.name}, ${size}³, GFLOP/s`);
    for (const [name, { loop, gemm }] of Object.entries(result)) {
      console.log(`  ${name.padEnd(12)} tile ${loop.toFixed(1).padStart(6)}   gemm ${gemm.toFixed(1).padStart(6)}`);
    }
  }
} finally {
  await where.close();
  rmSync(folder, { recursive: true });
}
