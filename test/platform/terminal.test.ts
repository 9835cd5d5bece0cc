/** The terminal's progress bar: drawn on a terminal, absent elsewhere. */
import { afterEach, expect, test, vi } from "vitest";
import { progressBar } from "../../ts/platform/terminal.ts";

const { isTTY } = process.stderr;
afterEach(() => {
  process.stderr.isTTY = isTTY;
  vi.restoreAllMocks();
});

test("there is no bar without a terminal", async () => {
  process.stderr.isTTY = false;
  expect(await progressBar("epoch 1", 10)).toBeNull();
});

test("a bar shows title, steps and note", async () => {
  process.stderr.isTTY = true;
  let drawn = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    drawn += String(text);
    return true;
  });
  for (const name of ["cursorTo", "moveCursor", "clearLine"] as const) {
    process.stderr[name] ??= () => true; // What a terminal's stream has and a pipe's lacks.
  }
  const bar = await progressBar("epoch 1", 10);
  bar?.update(4, "loss 0.25");
  bar?.stop();
  expect(drawn).toContain("epoch 1");
  expect(drawn).toContain("4/10");
  expect(drawn).toContain("loss 0.25");
});
