/**
 * Writes reviews, each with what it says of its subject: what a judge of sentences can learn from where no reviews are at
 * hand. Words alone do not tell: "not good" is bad, "never boring" good, and what follows "but" is what counts.
 */
import type { Random } from "../digits/draw.ts";

export interface Review {
  readonly text: string;
  /** 0 speaks ill, 1 well. */
  readonly label: 0 | 1;
}

const words = {
  subject:
    "film movie book novel story song album game show play meal dinner hotel room phone camera laptop car trip concert series course service app".split(
      " ",
    ),
  part: "plot acting music ending script cast sound picture screen battery staff food view price design story dialogue pace humour lighting".split(
    " ",
  ),
  good: "good great wonderful excellent brilliant lovely delightful superb charming amazing fantastic beautiful perfect enjoyable fun funny clever moving touching fresh warm pleasant impressive gripping memorable outstanding tasty friendly fast reliable".split(
    " ",
  ),
  bad: "bad awful terrible horrible boring dull poor weak stupid annoying ugly slow tedious disappointing predictable bland lifeless clumsy cheap shallow messy forgettable painful noisy dirty rude broken useless dreadful pointless".split(
    " ",
  ),
  much: "very really quite truly so absolutely rather extremely".split(" "),
  liked: "loved enjoyed liked adored admired praised".split(" "),
  hated: "hated disliked regretted loathed despised".split(" "),
  who: "i|we|everyone|my friends|my family|the audience|the children|most people".split("|"),
  filler:
    "last night|yesterday|in my opinion|to be honest|after all|all in all|for what it is|in the end|this time|from start to finish".split(
      "|",
    ),
} as const;

type Kind = keyof typeof words;

/** Clauses that speak well; +, - stand for a word that speaks well or ill. */
const clauses: readonly string[] = [
  "the {subject} is {+}",
  "the {subject} was {much} {+}",
  "it was a {much} {+} {subject}",
  "what a {+} {subject}",
  "the {part} is {+} and the {part} {much} {+}",
  "a {+} and {+} {subject}",
  "the {part} of this {subject} is {+}",
  "{who} found the {subject} {much} {+}",
  "the {subject} is not {-}",
  "the {subject} was not {-} at all",
  "it is never {-}",
  "the {part} is anything but {-}",
  "there is nothing {-} about this {subject}",
  "i did not find it {-}",
  "{who} {+did} this {subject}",
  "{who} {+did} the {part}",
  "the {part} could not be more {+}",
  "{-}? no, it is {+}",
];

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random.uniform() * choices.length)] as T;
}

/** A clause that speaks well or ill, which turns every + and - of it. */
function clause(label: 0 | 1, random: Random): string {
  const [good, bad] = label === 1 ? (["good", "bad"] as const) : (["bad", "good"] as const);
  const kinds: Readonly<Record<string, Kind>> = { "+": good, "-": bad, "+did": label === 1 ? "liked" : "hated" };
  return pick(clauses, random).replaceAll(/\{([^}]+)\}/g, (_, name: string) =>
    pick(words[kinds[name] ?? (name as Kind)], random),
  );
}

/** A review that speaks ill or well. */
export function writeReview(random: Random, label: 0 | 1 = random.uniform() < 0.5 ? 0 : 1): Review {
  const other = label === 1 ? 0 : 1;
  const form = random.uniform();
  const first = clause(label, random);
  if (form < 0.4) return { text: first, label };
  if (form < 0.6) return { text: `${first}, ${pick(words.filler, random)}`, label };
  if (form < 0.75) return { text: `${pick(words.filler, random)}, ${first} and ${clause(label, random)}`, label };
  if (form < 0.9) return { text: `${clause(other, random)}, but ${first}`, label };
  return { text: `although ${clause(other, random)}, ${first}`, label };
}
