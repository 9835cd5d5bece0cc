import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { roundTicks } from "../../examples/digits/chart.ts";
import { drawDigits, SIZE } from "../../examples/digits/draw.ts";
import { type Report, renderReport } from "../../examples/digits/report.ts";

describe("drawing", () => {
  test("the same seed draws the same digits in every engine", () => {
    const { images, labels } = drawDigits(200, 7);
    const hash = createHash("sha256").update(images).update(labels).digest("hex").slice(0, 16);
    expect(hash).toBe("3dc09f75ab0b2355");
    expect(drawDigits(200, 8).images).not.toEqual(images);
  });

  test("classes are equally many, and every picture has paper and ink", () => {
    const { images, labels } = drawDigits(500, 1);
    const counts = Array(10).fill(0);
    for (const label of labels) counts[label]++;
    expect(counts).toEqual(Array(10).fill(50));
    for (let i = 0; i < 500; i++) {
      const picture = images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE);
      const share = picture.filter((pixel) => pixel > 64).length / picture.length;
      expect(share).toBeGreaterThan(0.02);
      expect(share).toBeLessThan(0.45);
    }
  });
});

test("ticks are round numbers inside the range", () => {
  expect(roundTicks(0, 1, false)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(roundTicks(93.7, 100, false)).toEqual([94, 96, 98, 100]);
  expect(roundTicks(0.03, 2.5, true)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
  expect(roundTicks(1e-5, 2, true)).toEqual([1e-5, 1e-4, 1e-3, 0.01, 0.1, 1]);
});

describe("the report", () => {
  const confusion = Array.from({ length: 10 }, (_, i) => Array.from({ length: 10 }, (_, j) => (i === j ? 99 : 0)));
  (confusion[4] as number[])[9] = 10;
  const report: Report = {
    title: "<Digits>",
    summary: "a & b",
    epochs: [1, 2].map((n) => ({ accuracy: 1 - 0.1 / n, validateLoss: 0.3 / n, validateAccuracy: 1 - 0.08 / n })),
    batches: Array.from({ length: 1000 }, (_, i) => 2 / (1 + i)),
    confusion,
    mistakes: [{ pixels: drawDigits(1, 1).images, label: 4, predicted: 9, confidence: 0.75 }],
    facts: [["Parameters", "61,706"]],
    settings: [["Seed", "1"]],
  };

  test("asks for nothing from outside", () => {
    const html = renderReport(report);
    expect(html).not.toMatch(/<script|<link|@import|https?:/);
    for (const [, url] of html.matchAll(/(?:src|href)="([^"]*)"|url\(([^)]*)\)/g))
      expect(url).toMatch(/^data:image\/png;base64,/);
  });

  test("names its figures and escapes text", () => {
    const html = renderReport(report);
    expect(html).toContain("99.00 %");
    expect(html).toContain("990 of 1,000 test digits");
    expect(html).toContain("4 → <em>9</em>");
    expect(html).toContain("&#60;Digits&#62;");
    expect(html).toContain("a &#38; b");
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("stands an epoch that never ended, and no mistakes", () => {
    const html = renderReport({ ...report, epochs: report.epochs.slice(0, 1), batches: [0.5], mistakes: [] });
    expect(html).toContain("None: every test digit");
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });
});
