export declare const root: string;
export declare const kernelParts: string[];
export declare function build(names?: string[], log?: (line: string) => void): Promise<boolean>;
