import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { families } from "../../../ts/formats/onnx/registry.ts";

describe("every family lists the operators that it has", () => {
  for (const [name, family] of Object.entries(families)) {
    test(name, async () => {
      const { operators } = await family.load();
      expect(family.names.split(" ").toSorted()).toEqual(Object.keys(operators).toSorted());
    });
  }
});

test("every file of operators is at hand or belongs to a family", () => {
  const folder = new URL("../../../ts/formats/onnx/ops/", import.meta.url);
  const loads = readFileSync(new URL("../registry.ts", folder), "utf8");
  const files = readdirSync(folder).filter((name) =>
    readFileSync(new URL(name, folder), "utf8").includes("export const operators"),
  );
  expect(files.filter((name) => !loads.includes(`"./ops/${name}"`))).toEqual([]);
});
