export function withRegion(text: string, name: string, content: string): string;
