/**
 * Text. What looks at each word alone is computed once a word and looked up by code; what joins words asks for them.
 */
import { FormatError } from "../../../core/errors.ts";
import { broadcastShapes, type Shape, sizeOf } from "../../../core/shape.ts";
import { store } from "../../../core/storage.ts";
import { expand } from "../../../ops/broadcast.ts";
import { take } from "../../../ops/gather.ts";
import { hostLeaf } from "../../../ops/leaf.ts";
import type { Handler, Operators } from "../call.ts";
import { stringTensor } from "../feed.ts";
import { StringTensor } from "../value.ts";

/** RE2's pattern as JavaScript's: named groups and flags in front are written otherwise. */
function fullMatch(pattern: string): RegExp {
  const [, flags = "", rest = ""] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  const body = rest.replaceAll("(?P<", "(?<").replaceAll("\\A", "^").replaceAll("\\z", "$");
  try {
    return new RegExp(`^(?:${body})$`, `u${flags}`);
  } catch (error) {
    throw new FormatError(`pattern ${pattern} cannot be read`, { cause: error });
  }
}

const regexFullMatch: Handler = (call) => {
  const { codes, words } = call.strings(0);
  const pattern = fullMatch(call.string("pattern"));
  const table = store(
    "bool",
    words.map((word) => Number(pattern.test(word))),
  );
  return take(hostLeaf(table, [words.length], "bool"), codes, 0);
};

const stringConcat: Handler = async (call) => {
  const [a, b] = [call.strings(0), call.strings(1)];
  const shape = broadcastShapes("StringConcat", a.shape, b.shape);
  const wordsOf = async ({ codes, words }: StringTensor): Promise<string[]> =>
    Array.from(await call.read(expand(codes, shape)), (code) => words[code] as string);
  const [left, right] = [await wordsOf(a), await wordsOf(b)];
  return stringTensor(
    left.map((word, i) => word + right[i]),
    shape,
  );
};

/** The parts of a word, as Python's split has it. */
function split(word: string, delimiter: string, most: number): string[] {
  if (delimiter !== "") {
    const parts = word.split(delimiter);
    return parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(delimiter)];
  }
  const parts: string[] = [];
  let rest = word.trimStart();
  while (rest !== "" && parts.length < most) {
    const gap = rest.search(/\s/);
    if (gap < 0) break;
    parts.push(rest.slice(0, gap));
    rest = rest.slice(gap).trimStart();
  }
  return rest === "" ? parts : [...parts, parts.length < most ? rest : rest.trimEnd()];
}

const stringSplit: Handler = async (call) => {
  const { shape } = call.strings(0);
  const most = call.int("maxsplit", Number.POSITIVE_INFINITY);
  const delimiter = call.string("delimiter", "");
  const rows = (await call.words(0)).map((word) => split(word, delimiter, most));
  const width = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  const cells = rows.flatMap((row) => Array.from({ length: width }, (_, i) => row[i] ?? ""));
  const counts = store(
    "int64",
    rows.map((row) => row.length),
  );
  return [stringTensor(cells, [...shape, width]), hostLeaf(counts, shape, "int64")];
};

const normalizer: Handler = async (call) => {
  const { shape } = call.strings(0);
  const action = call.string("case_change_action", "NONE");
  const locale = call.string("locale", "en_US").replace("_", "-");
  const sensitive = call.int("is_case_sensitive", 0) === 1;
  const fold = (word: string): string => (sensitive ? word : word.toLocaleLowerCase(locale));
  const stops = new Set((call.stringList("stopwords") ?? []).map(fold));
  const kept = (await call.words(0)).filter((word) => !stops.has(fold(word)));
  const changed = kept.map((word) => {
    if (action === "LOWER") return word.toLocaleLowerCase(locale);
    return action === "UPPER" ? word.toLocaleUpperCase(locale) : word;
  });
  const words = changed.length === 0 ? [""] : changed;
  const lead: Shape = shape.length === 2 ? [1] : [];
  return stringTensor(words, [...lead, words.length]);
};

/** Counts of n-grams, with up to `max_skip_count` words between their words. */
const tfIdf: Handler = async (call) => {
  const input = call.value(0);
  const tokens: readonly (string | number)[] =
    input instanceof StringTensor ? await call.words(0) : await call.numbers(0);
  const { shape } = input as { shape: Shape };
  const pool: readonly (string | number)[] = call.stringList("pool_strings") ?? call.ints("pool_int64s") ?? [];
  const [least, most, skips] = ["min_gram_length", "max_gram_length", "max_skip_count"].map((name) => call.int(name));
  const starts = call.ints("ngram_counts") ?? [];
  const indexes = call.ints("ngram_indexes") ?? [];
  const weights = call.floats("weights");
  const mode = call.string("mode");
  // Each n-gram of the pool: its words joined → its place in the list.
  const grams = new Map<string, number>();
  let count = 0;
  for (let n = 1; n <= starts.length; n++) {
    const end = starts[n] ?? pool.length;
    for (let at = starts[n - 1] as number; at + n <= end; at += n)
      grams.set(`${n}:${pool.slice(at, at + n).join("\0")}`, count++);
  }
  const columns = indexes.length === 0 ? 0 : Math.max(...indexes) + 1;
  const length = shape.at(-1) ?? 1;
  const rows = shape.length > 1 ? sizeOf(shape.slice(0, -1)) : 1;
  const counts = new Float32Array(rows * columns);
  const found = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const words = tokens.slice(row * length, (row + 1) * length);
    found.clear();
    for (let n = least as number; n <= (most as number); n++) {
      // Single words have nothing to skip.
      for (let step = 1; step <= (n === 1 ? 1 : (skips as number) + 1); step++) {
        for (let at = 0; at + (n - 1) * step < words.length; at++) {
          const gram = Array.from({ length: n }, (_, k) => words[at + k * step]).join("\0");
          const known = grams.get(`${n}:${gram}`);
          if (known !== undefined) found.set(known, (found.get(known) ?? 0) + 1);
        }
      }
    }
    for (const [gram, times] of found) {
      const value = mode === "TF" ? times : (mode === "IDF" ? 1 : times) * (weights?.[gram] ?? 1);
      const cell = row * columns + (indexes[gram] as number);
      counts[cell] = (counts[cell] as number) + value;
    }
  }
  return hostLeaf(counts, shape.length > 1 ? [...shape.slice(0, -1), columns] : [columns], "float32");
};

export const operators: Operators = {
  RegexFullMatch: regexFullMatch,
  StringConcat: stringConcat,
  StringNormalizer: normalizer,
  StringSplit: stringSplit,
  TfIdfVectorizer: tfIdf,
};
