export declare const entries: Record<string, string>;
export declare const workers: Record<string, string>;
export declare const namespaces: Record<string, string>;
export declare const folders: readonly {
  readonly folder: string;
  readonly runtime: string;
  readonly divided: boolean;
}[];
export declare const commands: Record<string, string>;
export declare const packages: string[];
export declare const tables: string[];
