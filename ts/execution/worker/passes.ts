/** Families of passes by their names, as the page's models use them. */
import { useModelPasses, usePattern } from "../../compiler/compile.ts";

const families: Readonly<Record<string, () => Promise<void>>> = {
  lstm: async () => usePattern("lstm", (await import("../../compiler/passes/lstm.ts")).recogniseLstm),
  model: async () => useModelPasses((await import("../../compiler/passes/model.ts")).modelPasses),
  quantize: async () => useModelPasses((await import("../../compiler/passes/quantize.ts")).quantizedPasses),
};

const used = new Map<string, Promise<void>>();

/** Brings the families that are named among the passes. */
export async function usePasses(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!used.has(name)) used.set(name, (families[name] as () => Promise<void>)());
    await used.get(name);
  }
}
