/** Operator sets: which version of each domain's operators a graph is written in. */

/** Version of each domain's operators; the default domain is "". */
export type Opsets = ReadonlyMap<string, number>;

/** "ai.onnx" is another name of the default domain. */
export const domainOf = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

export function opsetsOf(list: readonly { domain: string; version: number }[]): Opsets {
  return new Map(list.map(({ domain, version }) => [domainOf(domain), version]));
}
