export declare const entries: Record<string, string>;
export declare const platforms: string[];
export declare const tables: string[];
