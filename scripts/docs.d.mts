export function buildSite(out?: string): Promise<unknown>;
