import type { SpawnSyncOptions } from "node:child_process";

export declare function npm(args: string[], options?: SpawnSyncOptions): void;
export declare function install(folder: string): void;
