export interface Page {
  readonly path: string;
  readonly place: string;
  readonly title: string;
  readonly category: string;
}

export const pages: readonly Page[];
export const categories: readonly string[];
export const headLinks: Readonly<Record<string, string>>;
