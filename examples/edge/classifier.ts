/** What the service asks of a model. */
import { topK } from "hebb/vision";

/** One class and how likely it is, from 0 to 1. */
export interface Guess {
  readonly label: string;
  readonly probability: number;
}

/** The likeliest class, and the likeliest three. */
export interface Answer extends Guess {
  readonly guesses: readonly Guess[];
}

/** Says of what class an input is. Stops with the signal's reason when whoever asked is gone. */
export type Classify<Input> = (input: Input, signal: AbortSignal) => Promise<Answer>;

/** The answer that one probability a class makes. */
export function answerOf(probabilities: ArrayLike<number>, labels: readonly string[]): Answer {
  const guesses = topK(probabilities, 3, labels).map(({ label = "", score }) => ({ label, probability: score }));
  return { ...(guesses[0] as Guess), guesses };
}
