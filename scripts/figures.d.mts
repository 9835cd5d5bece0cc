export function figures(read: (page: string) => string): string;
export function readPage(page: string): string;
