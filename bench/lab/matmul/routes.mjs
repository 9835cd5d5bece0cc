// Races the routes of assembly/matmul.ts over shapes of real layers:
// node [--experimental-wasm-relaxed-simd] bench/lab/matmul/routes.mjs [--chromium] [--rounds N] [--plain | --relaxed] [m,n,k[,ta,tb] …]
import { fileURLToPath } from "node:url";
import { compile, engine, flag, option } from "./engine.mjs";
import { race } from "./race.mjs";

const args = process.argv.slice(2);
const rounds = option(args, "--rounds", 10);
const builds = flag(args, "--plain") ? [false] : flag(args, "--relaxed") ? [true] : [false, true];
const where = await engine(flag(args, "--chromium"));
const layers = [
  "512,512,512,0,0", "512,512,512,0,1", "512,512,512,1,0",
  "64,256,784,0,1", "256,784,64,1,0", "64,784,256,0,0", "64,10,128,0,1", "64,120,400,0,1",
  "10,84,64,1,0", "64,84,10,0,0", "1,256,784,0,1", "1,256,784,0,0", "4,256,784,0,0", "16,256,784,0,0", "32,256,784,0,0",
  "64,64,32,0,1", "64,32,64,0,0", "32,64,64,1,0", "1000,10,256,0,0", "8,8,8,0,0", "16,16,16,0,0",
];
const shapes = (args.length > 0 ? args : layers).map((text) => text.split(",").map(Number));
try {
  for (const relaxed of builds) {
    const bytes = compile(fileURLToPath(new URL("routes-module.ts", import.meta.url)), relaxed);
    if (!where.validate(bytes)) continue;
    console.log(`${relaxed ? "relaxed madd" : "mul + add"}, ${where.name}, GFLOP/s`);
    for (const { shape: [m, n, k, ta, tb], gflops } of await where.run(race, bytes, shapes, rounds)) {
      const label = `[${m}, ${k}]${ta ? "ᵀ" : ""} · [${k}, ${n}]${tb ? "ᵀ" : ""}`;
      const cells = Object.entries(gflops).map(([name, speed]) => `${name} ${speed.toFixed(1)}`);
      console.log(`  ${label.padEnd(26)} ${cells.join("   ")}`);
    }
  }
} finally {
  await where.close();
}
