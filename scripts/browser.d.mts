export declare function findBrowser(): Promise<string | null>;
export declare function ensureBrowser(): Promise<string>;
export declare function findFirefox(): string | null;
export declare function findWebkit(): { driver: string; browser: string; display: string } | null;
export declare function ensureFurtherBrowsers(): void;
