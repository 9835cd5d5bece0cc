/**
 * A smoke test of the matrix in every engine: a part of the table of ops, a trained model, and a training to the published
 * bits. `npm run test:engines` runs all of it.
 */
import { describe } from "vitest";
import { type Part, testRows } from "./matrix-part.ts";

const smoke: Part = [
  ["ops", { every: 24 }],
  ["models", { only: (name) => name === "mnist-cntk-8" }],
  ["hash", {}],
];

describe("wasm", () => {
  testRows(
    {
      node: smoke,
      deno: smoke,
      bun: smoke,
      workerd: smoke,
      // The other build of the kernels too.
      chromium: [...smoke, ["ops", { every: 3, init: { device: "wasm", deterministic: true } }]],
      "chromium-worker": smoke,
      "chromium-service-worker": smoke,
      firefox: smoke,
      webkit: smoke,
    },
    240_000,
  );
});

describe("worker mode", () => {
  const away: Part = [
    ["ops", { every: 60 }],
    ["hash", {}],
  ];
  testRows(
    {
      "node-worker-mode": away,
      "deno-worker-mode": away,
      "bun-worker-mode": away,
      "chromium-worker-mode": away,
      "firefox-worker-mode": away,
      "webkit-worker-mode": away,
    },
    240_000,
  );
});
