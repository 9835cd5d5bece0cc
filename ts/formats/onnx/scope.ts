/** The names that a graph's nodes see. */
import type { Opsets } from "./opsets.ts";
import type { Value } from "./value.ts";

/** Names and their values; inner graphs see the names around them. */
export class Scope {
  readonly values: Map<string, Value> = new Map();
  readonly outer: Scope | null;
  readonly opsets: Opsets;

  constructor(outer: Scope | null, opsets: Opsets) {
    this.outer = outer;
    this.opsets = opsets;
  }

  find(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.find(name);
  }
}
