/**
 * Einstein's summation over any number of operands: a diagonal is a view, a letter that nobody else needs is summed at once,
 * and the operands are joined from left to right, each pair as one batched matrix product.
 */
import { ShapeError } from "../core/errors.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { expand, sum } from "./broadcast.ts";
import { mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { permute, reshape, slice } from "./movement.ts";

/** An operand whose axes have names: letters, and numbers for what an ellipsis stands for (0 is the last). */
interface Term {
  readonly labels: readonly string[];
  readonly x: Node;
}

export function einsum(equation: string, operands: readonly Node[]): Node {
  const [left = "", right] = equation.replaceAll(" ", "").split("->");
  const texts = left.split(",");
  if (texts.length !== operands.length) {
    throw new ShapeError(
      `einsum: cannot compute "${equation}" of ${operands.length} tensors: it names ${texts.length} terms`,
    );
  }
  const given = texts.map((text, i): Term => {
    const x = operands[i] as Node;
    return { labels: labelsOf(text, x.shape.length, equation), x };
  });
  const sizes = sizesOf(given, equation);
  const wanted = right === undefined ? implied(given, left) : labelsOf(right, null, equation, given);
  for (const label of wanted) {
    if (!sizes.has(label)) throw new ShapeError(`einsum: cannot compute "${equation}": no term has ${label}`);
  }
  let terms = given.map((term) => diagonal(broadcast(term, sizes)));
  while (terms.length > 1) {
    const [a, b, ...rest] = terms as [Term, Term, ...Term[]];
    const needed = new Set([...wanted, ...rest.flatMap(({ labels }) => labels)]);
    terms = [join(a, b, needed, sizes), ...rest];
  }
  const last = sumOut(terms[0] as Term, new Set(wanted));
  return permute(
    last.x,
    wanted.map((label) => last.labels.indexOf(label)),
  );
}

/** The names of a term's axes; `rank` null: an output, whose ellipsis is as long as the longest of the terms. */
function labelsOf(text: string, rank: number | null, equation: string, terms: readonly Term[] = []): string[] {
  const [before = "", after = ""] = text.split("...");
  const known = before.length + after.length;
  const hidden = text.includes("...")
    ? (rank ?? known + Math.max(0, ...terms.map(({ labels }) => labels.filter(isNumber).length))) - known
    : 0;
  if (hidden < 0 || (rank !== null && known + hidden !== rank) || /[^A-Za-z]/.test(before + after)) {
    throw new ShapeError(`einsum: cannot read term "${text}" of "${equation}" for a tensor of rank ${rank}`);
  }
  const numbers = Array.from({ length: hidden }, (_, i) => String(hidden - 1 - i));
  return [...before, ...numbers, ...after];
}

const isNumber = (label: string): boolean => label >= "0" && label <= "9";

/** Without an arrow: what an ellipsis stands for, then the letters that occur once, in order. */
function implied(terms: readonly Term[], left: string): string[] {
  const hidden = Math.max(0, ...terms.map(({ labels }) => labels.filter(isNumber).length));
  const letters = [...left].filter((letter) => /[A-Za-z]/.test(letter));
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return [...Array.from({ length: hidden }, (_, i) => String(hidden - 1 - i)), ...once];
}

function sizesOf(terms: readonly Term[], equation: string): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { labels, x } of terms) {
    labels.forEach((label, i) => {
      const size = x.shape[i] as number;
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && size !== 1 && known !== size) {
        throw new ShapeError(
          `einsum: cannot compute "${equation}" of ${terms.map((term) => formatShape(term.x.shape)).join(", ")}: ${label} is ${known} and ${size}`,
        );
      }
      sizes.set(label, size === 1 ? known : size);
    });
  }
  return sizes;
}

/** Axes of size 1 where others have more are repeated. */
function broadcast({ labels, x }: Term, sizes: ReadonlyMap<string, number>): Term {
  return {
    labels,
    x: expand(
      x,
      labels.map((label) => sizes.get(label) as number),
    ),
  };
}

/** A letter that occurs twice in one term walks both axes at once: every (n + 1)th element of the two joined. */
function diagonal({ labels, x }: Term): Term {
  const second = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (second < 0) return { labels, x };
  const first = labels.indexOf(labels[second] as string);
  const rest = labels.map((_, i) => i).filter((i) => i !== first && i !== second);
  const n = x.shape[first] as number;
  const moved = permute(x, [...rest, first, second]);
  const kept = moved.shape.slice(0, -2);
  const flat = reshape(moved, [...kept, n * n]);
  const zeros = kept.map(() => 0);
  const ones = kept.map(() => 1);
  const taken = slice(flat, [...zeros, 0], [...kept, n], [...ones, n + 1]);
  return diagonal({ labels: [...rest.map((i) => labels[i] as string), labels[first] as string], x: taken });
}

/** Sums over axes that nobody needs. */
function sumOut({ labels, x }: Term, needed: ReadonlySet<string>): Term {
  const axes = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  return axes.length === 0 ? { labels, x } : { labels: labels.filter((label) => needed.has(label)), x: sum(x, axes) };
}

/** Two terms as one: [batch, m, k] times [batch, k, n]; only a product of elements where nothing is summed. */
function join(a: Term, b: Term, needed: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): Term {
  const own = sumOut(a, new Set([...needed, ...b.labels]));
  const other = sumOut(b, new Set([...needed, ...a.labels]));
  const shared = own.labels.filter((label) => other.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const rows = own.labels.filter((label) => !shared.includes(label));
  const columns = other.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...rows, ...columns];
  const shapeOf = (list: readonly string[]): number[] => list.map((label) => sizes.get(label) as number);
  const arrange = (term: Term, ...groups: readonly (readonly string[])[]): Node => {
    const order = groups.flat();
    return permute(
      term.x,
      order.map((label) => term.labels.indexOf(label)),
    );
  };
  if (inner.length === 0) {
    const left = reshape(arrange(own, batch, rows), [...shapeOf(batch), ...shapeOf(rows), ...columns.map(() => 1)]);
    const right = reshape(arrange(other, batch, columns), [
      ...shapeOf(batch),
      ...rows.map(() => 1),
      ...shapeOf(columns),
    ]);
    return { labels, x: mul(left, right) };
  }
  const [m, k, n] = [sizeOf(shapeOf(rows)), sizeOf(shapeOf(inner)), sizeOf(shapeOf(columns))];
  const left = reshape(arrange(own, batch, rows, inner), [...shapeOf(batch), m, k]);
  const right = reshape(arrange(other, batch, inner, columns), [...shapeOf(batch), k, n]);
  return { labels, x: reshape(matmul(left, right), shapeOf(labels)) };
}
