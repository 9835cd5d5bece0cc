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
