/** The table of ops: every row is run as a test of values and of gradients, on every device and runtime. */
import { activation } from "./activation.ts";
import type { Case } from "./case.ts";
import { derivatives } from "./derivative.ts";
import { detection } from "./detection.ts";
import { otherTypes } from "./dtypes.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { integer } from "./integer.ts";
import { movement } from "./movement.ts";
import { random } from "./random.ts";
import { recurrent } from "./recurrent.ts";
import { reduction } from "./reduction.ts";
import { sequence } from "./sequence.ts";
import { spatial } from "./spatial.ts";
import { tree } from "./tree.ts";
import { trigonometry } from "./trigonometry.ts";

export const table: readonly Case[] = [
  ...elementwise,
  ...trigonometry,
  ...activation,
  ...otherTypes,
  ...movement,
  ...indexing,
  ...detection,
  ...integer,
  ...reduction,
  ...derivatives,
  ...random,
  ...recurrent,
  ...sequence,
  ...spatial,
  ...tree,
];
