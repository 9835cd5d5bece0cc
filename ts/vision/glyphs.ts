/**
 * Capitals, digits and signs of 5 × 7 pixels. Seven digits of base 32 a glyph: a row each, from the top, the leftmost
 * pixel the highest bit.
 *
 *     A   e = 01110   · █ █ █ ·
 *         h = 10001   █ · · · █
 *         …
 */
const rows: Readonly<Record<string, string>> = {
  A: "ehhvhhh",
  B: "uhhuhhu",
  C: "ehggghe",
  D: "uhhhhhu",
  E: "vgguggv",
  F: "vgguggg",
  G: "ehgnhhf",
  H: "hhhvhhh",
  I: "e44444e",
  J: "72222ic",
  K: "hikokih",
  L: "ggggggv",
  M: "hrllhhh",
  N: "hhpljhh",
  O: "ehhhhhe",
  P: "uhhuggg",
  Q: "ehhhlid",
  R: "uhhukih",
  S: "fgge11u",
  T: "v444444",
  U: "hhhhhhe",
  V: "hhhhha4",
  W: "hhhllla",
  X: "hha4ahh",
  Y: "hhha444",
  Z: "v1248gv",
  0: "ehjlphe",
  1: "4c4444e",
  2: "eh1248v",
  3: "v2421he",
  4: "26aiv22",
  5: "vgu11he",
  6: "68guhhe",
  7: "v124888",
  8: "ehhehhe",
  9: "ehhf12c",
  " ": "0000000",
  ".": "00000cc",
  ",": "0000cc8",
  ":": "0cc0cc0",
  "-": "000e000",
  "+": "044v440",
  "/": "01248g0",
  "%": "op248j3",
  "(": "2488842",
  ")": "8422248",
  "'": "cc80000",
  _: "000000v",
  "?": "eh12404",
};

export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;

/** True where the glyph of a character has ink; small letters look like capitals, what is not there like a question mark. */
export function hasInk(character: string, x: number, y: number): boolean {
  const glyph = rows[character.toUpperCase()] ?? (rows["?"] as string);
  return ((Number.parseInt(glyph[y] ?? "0", 32) >> (GLYPH_WIDTH - 1 - x)) & 1) === 1;
}
