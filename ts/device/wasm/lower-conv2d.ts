/** Lowering of convolutions and their gradients: further rows of the table in lower.ts. */

import type { Rows } from "./command.ts";
import { conv2d } from "./conv2d.ts";
import { conv2dInput, conv2dWeight } from "./conv2d-backward.ts";

export { conv2dWays } from "./conv2d-way.ts";

export const conv2dRows: Rows = { conv2d, conv2dInput, conv2dWeight };
