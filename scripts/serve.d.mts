import type { Server } from "node:http";

export const isolation: Readonly<Record<string, string>>;
export function serve(folder: string, port?: number): Promise<{ server: Server; url: string }>;
