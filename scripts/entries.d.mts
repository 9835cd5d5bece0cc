export declare const entries: Record<string, string>;
export declare const workers: Record<string, string>;
export declare const namespaces: Record<string, string>;
export declare const runtimes: string[];
export declare const commands: Record<string, string>;
export declare const packages: string[];
export declare const tables: string[];
