export declare function bundleProgram(entry: string, name: string, folder?: string): Promise<string>;
