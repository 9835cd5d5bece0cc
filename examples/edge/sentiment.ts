/** Whether a text speaks well of something: a small convolutional network over words, its weights from a safetensors file. */
import { nn, Parameter, randn, type Tensor, tensor } from "hebb";
import type { Source } from "hebb/safetensors";
import { answerOf, type Classify } from "./classifier.ts";
import { readWeights } from "./read-weights.ts";
import { Refusal } from "./refusal.ts";

const labels = ["negative", "positive"];

/** Words that a text may have. */
export const WORDS = 64;
/** Places that words share by their hash; the first is that of no word. */
const PLACES = 1024;
const [EMBEDDED, FEATURES, SPAN] = [16, 32, 3];

/**
 * What a word means, and what words in a row mean; the strongest of each counts, wherever it stands. After Kim,
 * "Convolutional Neural Networks for Sentence Classification", 2014.
 *
 *     64 words ─embed─ 64 × 16 ─conv 3×16─ 32 × 62 ─greatest─ 32 ─ 2
 */
export class SentimentNetwork extends nn.Module {
  readonly embedding = new Parameter(randn([PLACES, EMBEDDED]).mul(0.1), "embedding");
  readonly conv = new nn.Conv2d(1, FEATURES, [SPAN, EMBEDDED]);
  readonly dropout = new nn.Dropout(0.5);
  readonly head = new nn.Linear(FEATURES, labels.length);

  /** Places [n, 64] → scores [n, 2]. */
  override forward(places: Tensor): Tensor {
    const [n = 0] = places.shape;
    const words = this.embedding.indexSelect(0, places.reshape([n * WORDS])).reshape([n, 1, WORDS, EMBEDDED]);
    const features = this.conv.forward(words).relu().amax([2, 3]);
    return this.head.forward(this.dropout.forward(features));
  }
}

/** The words of a text, in small letters; "don't" is one. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)*/gu) ?? [];
}

/** Where a word's meaning lies: FNV-1a over its letters, so that no list of words has to be deployed. */
function placeOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return 1 + ((hash >>> 0) % (PLACES - 1));
}

/** A text as the network takes it: one place a word, and places of no word behind them. Throws a refusal for too many words. */
export function placesOf(text: string): Int32Array {
  const words = wordsOf(text);
  if (words.length === 0) throw new Refusal(422, "sentiment: cannot read a text without words");
  if (words.length > WORDS) {
    throw new Refusal(413, `sentiment: cannot read ${words.length} words: wanted at most ${WORDS}, a sentence or two`);
  }
  const places = new Int32Array(WORDS);
  for (const [i, word] of words.entries()) places[i] = placeOf(word);
  return places;
}

/** Judges texts with the weights of a file, or with none to have the program made. */
export async function sentiment(weights: Source | null): Promise<Classify<string>> {
  const network = new SentimentNetwork();
  await readWeights(network, weights);
  const classify = async (places: Int32Array): Promise<ArrayLike<number>> => {
    const scores = network.forward(tensor(places, { shape: [1, WORDS] }));
    return (await scores.softmax(1).data()) as Float32Array;
  };
  await classify(new Int32Array(WORDS));
  return async (text, signal) => {
    const places = placesOf(text);
    signal.throwIfAborted();
    return answerOf(await classify(places), labels);
  };
}
