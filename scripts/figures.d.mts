export function figures(read: (page: string) => string): string;
export function writeFigures(): void;
export function readPage(page: string): string;
