/** The report of a training run: one HTML file that asks for nothing else. */
import { escapeText, lineChart } from "./chart.ts";
import { SIZE } from "./draw.ts";
import { greyPng } from "./png.ts";
import { style } from "./report-style.ts";

export interface EpochFigures {
  readonly accuracy: number;
  readonly validateLoss: number;
  readonly validateAccuracy: number;
}

/** A digit that was taken for another. */
export interface Mistake {
  /** 28 × 28 */
  readonly pixels: Uint8Array;
  readonly label: number;
  readonly predicted: number;
  /** The probability given to the wrong answer. */
  readonly confidence: number;
}

export interface Report {
  readonly title: string;
  readonly summary: string;
  readonly epochs: readonly EpochFigures[];
  /** The loss of every batch, in order. */
  readonly batches: readonly number[];
  /** Counts of test digits by true class (rows) and predicted class. */
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly Mistake[];
  /** The row of figures under the title. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly settings: readonly (readonly [name: string, value: string])[];
}

const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)} %`;
const whole = (value: number): string => value.toLocaleString("en");
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const MOST_POINTS = 240;
const MOST_MISTAKES = 60;

/** Means over equal pieces, so that thousands of batches stay a line that can be read. `x` counts epochs. */
function thin(batches: readonly number[], epochs: number): [number, number][] {
  const pieces = Math.min(MOST_POINTS, batches.length);
  return Array.from({ length: pieces }, (_, i) => {
    const begin = Math.floor((i * batches.length) / pieces);
    const end = Math.floor(((i + 1) * batches.length) / pieces);
    return [((begin + end) / 2 / batches.length) * epochs, sum(batches.slice(begin, end)) / (end - begin)];
  });
}

function curves({ epochs, batches }: Report): string {
  const at = (pick: (figures: EpochFigures) => number) =>
    epochs.map((figures, i): [number, number] => [i + 1, pick(figures)]);
  const stride = Math.ceil(epochs.length / 12);
  const ticks = epochs.map((_, i) => i + 1).filter((epoch) => epoch % stride === 0);
  const loss = lineChart({
    title: "Loss",
    lines: [
      { name: "train", style: "train batches", points: thin(batches, epochs.length) },
      { name: "validate", style: "validate", points: at(({ validateLoss }) => validateLoss), dots: true },
    ],
    x: { range: [0, epochs.length], ticks, name: "epoch" },
    y: { format: (value) => String(Number(value.toPrecision(3))), log: true },
  });
  const accuracy = lineChart({
    title: "Accuracy",
    lines: [
      { name: "train", style: "train", points: at(({ accuracy }) => 100 * accuracy), dots: true },
      { name: "validate", style: "validate", points: at(({ validateAccuracy }) => 100 * validateAccuracy), dots: true },
    ],
    x: { range: epochs.length > 1 ? [1, epochs.length] : [0, 1], ticks, name: "epoch" },
    y: { format: (value) => `${Number(value.toFixed(2))}`, top: 100 },
  });
  return `<section><h2>Learning</h2><p>Validation digits are never trained on. They choose when to stop and which weights to keep.</p>
<div class="pair"><figure><figcaption>Loss <small>cross-entropy, log scale</small></figcaption>${loss}</figure>
<figure><figcaption>Accuracy <small>%; while training, the mean over the epoch</small></figcaption>${accuracy}</figure></div></section>`;
}

function matrix(confusion: Report["confusion"]): string {
  const worst = Math.max(1, ...confusion.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const cell = (count: number, label: number, predicted: number, total: number): string => {
    if (count === 0) return `<td class="none" style="--depth:0">·</td>`;
    const right = label === predicted;
    const depth = right ? 0.1 + 0.25 * (count / total) : 0.14 + 0.66 * (count / worst);
    const title = `${count} of ${total}: ${label} taken for ${predicted}`;
    return `<td style="--tint:var(--${right ? "right" : "wrong"});--depth:${depth.toFixed(2)}" title="${title}">${count}</td>`;
  };
  const head = confusion.map((_, i) => `<th scope="col">${i}</th>`).join("");
  const rows = confusion.map((row, i) => {
    const total = sum(row);
    return `<tr><th scope="row">${i}</th>${row.map((count, j) => cell(count, i, j, total)).join("")}</tr>`;
  });
  return `<figure><figcaption>Confusion <small>rows: what it is, columns: what was seen</small></figcaption><div class="scroll">
<table class="matrix"><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div></figure>`;
}

function classes(confusion: Report["confusion"]): string {
  const rows = confusion.map((row, i) => {
    const hits = row[i] as number;
    const total = sum(row);
    const claimed = sum(confusion.map((other) => other[i] as number));
    const recall = total ? hits / total : 0;
    const precision = claimed ? hits / claimed : 0;
    const f1 = recall + precision ? (2 * recall * precision) / (recall + precision) : 0;
    // The bar begins at 90 %: below that a class is plainly broken.
    const width = Math.max(0, Math.round((f1 - 0.9) * 1000));
    return `<tr><td>${i}</td><td>${whole(total)}</td><td>${percent(precision)}</td><td>${percent(recall)}</td><td>${percent(f1)}<span class="bar"><i style="width:${width}%"></i></span></td></tr>`;
  });
  return `<figure><figcaption>Classes <small>bars from 90 to 100 %</small></figcaption><div class="scroll"><table class="classes"><thead>
<tr><th>digit</th><th>count</th><th>precision</th><th>recall</th><th>F1</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div></figure>`;
}

function gallery({ mistakes }: Report): string {
  if (mistakes.length === 0)
    return `<section><h2>Mistakes</h2><p>None: every test digit was seen as what it is.</p></section>`;
  const shown = [...mistakes].sort((a, b) => b.confidence - a.confidence).slice(0, MOST_MISTAKES);
  const items = shown.map(({ pixels, label, predicted, confidence }) => {
    const picture = greyPng(pixels, SIZE, SIZE);
    return `<li><img alt="a ${label}" src="${picture}"><b>${label} → <em>${predicted}</em></b><span>${percent(confidence, 1)}</span></li>`;
  });
  const count = mistakes.length === 1 ? "One test digit was" : `${whole(mistakes.length)} test digits were`;
  const some = shown.length < mistakes.length ? ` The ${shown.length} surest are shown.` : "";
  return `<section><h2>Mistakes</h2><p>${count} taken for another, the surest first: what it is → what was seen, and how sure the network was.${some}</p>
<ul class="mistakes">${items.join("\n")}</ul></section>`;
}

/** The report's HTML. */
export function renderReport(report: Report): string {
  const total = sum(report.confusion.map(sum));
  const hits = sum(report.confusion.map((row, i) => row[i] as number));
  const facts = report.facts.map(
    ([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`,
  );
  const settings = report.settings.map(
    ([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(report.title)}: ${percent(hits / total)}</title>
<style>${style}</style>
</head>
<body>
<main>
<header><div><h1>${escapeText(report.title)}</h1><p>${escapeText(report.summary)}</p></div>
<div class="score"><strong>${percent(hits / total)}</strong><span>${whole(hits)} of ${whole(total)} test digits</span></div></header>
<dl class="facts">${facts.join("")}</dl>
${curves(report)}
<section><h2>Classes</h2><p>How each digit fared among the ${whole(total)} test digits.</p><div class="pair">${matrix(report.confusion)}${classes(report.confusion)}</div></section>
${gallery(report)}
<section><h2>Run</h2><p>Everything that is needed to repeat it.</p><dl class="settings">${settings.join("")}</dl></section>
</main>
</body>
</html>
`;
}
