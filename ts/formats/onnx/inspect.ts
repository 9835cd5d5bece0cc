/** What a model is made of: the account is fetched by those who ask for it. */
import type { Source } from "../../files/source.ts";
import type { Inspection, InspectOptions } from "./inspection.ts";

export type { Inspection, InspectOptions, NodeDescription, OperatorUse } from "./inspection.ts";

/**
 * What a model is made of. Reads its files, and computes nothing but shapes.
 *
 * Throws `FormatError` for bytes that are no sound model.
 *
 * @example
 * const relu = "CAg6NgoMCgF4EgF5IgRSZWx1EgRtYWluWg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkICEBU=";
 * const { operators } = await onnx.inspect(Uint8Array.from(atob(relu), (byte) => byte.charCodeAt(0)));
 * operators; // [{ "name": "Relu", "count": 1, "flops": 2 }]
 */
export async function inspect(source: Source, options: InspectOptions = {}): Promise<Inspection> {
  const { inspection } = await import("./inspection.ts");
  return inspection(source, options);
}
