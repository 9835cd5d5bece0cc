/** Passes that few models need: fetched for those whose operators can be parts of what a pass recognises. */
import { usePattern } from "../../compiler/compile.ts";

export async function loadPatterns(operators: ReadonlySet<string>): Promise<void> {
  const gated = operators.has("Sigmoid") && operators.has("Tanh");
  if (!gated || !(operators.has("Split") || operators.has("Slice"))) return;
  const { recogniseLstm } = await import("../../compiler/passes/lstm.ts");
  usePattern("lstm", recogniseLstm);
}
