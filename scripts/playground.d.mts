/** Folder of the playground's static files. */
export const playgroundFolder: string;
/** Writes the playground's static files; what dist/ holds has to be built. Returns the folder. */
export function buildPlayground(folder?: string): Promise<string>;
