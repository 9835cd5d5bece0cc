/**
 * Trusted Types: a page whose policy says `require-trusted-types-for 'script'` starts workers only from addresses that one of
 * its policies has made. hebb's own files get theirs by a policy called "hebb", which `trusted-types hebb` allows; addresses
 * from outside are not touched. Source: https://www.w3.org/TR/trusted-types/
 */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(text: string): string },
  ): { createScriptURL(text: string): string };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | null = null;

/** The address of a file of this library, as a worker may be started from it. */
export function trustedScript(own: URL): URL {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return own;
  try {
    policy ??= trustedTypes.createPolicy("hebb", { createScriptURL: (text) => text });
  } catch {
    return own; // The policy is forbidden: where it is needed, the worker's start says so.
  }
  return policy.createScriptURL(own.href) as unknown as URL;
}
