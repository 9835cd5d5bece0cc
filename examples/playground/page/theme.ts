/** Light and dark: as the system says, or as chosen here; and the style sheet's colours for what is painted on canvases. */
import { find } from "./dom.ts";

const KEY = "hebb-playground-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners: (() => void)[] = [];
const known = new Map<string, string>();

/** Calls back when the colours have changed. */
export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

/** A colour of the style sheet as CSS writes it, by its custom property. */
export function colour(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  known.set(name, value);
  return value;
}

/** A colour as numbers from 0 to 255. */
export function channels(name: string): readonly [r: number, g: number, b: number] {
  const [r = 0, g = 0, b = 0] = (colour(name).match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}

/** Starts with what was chosen before, and lets the button choose. */
export function startTheme(): void {
  const button = find("button", "theme");
  const isDark = (): boolean =>
    (document.documentElement.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const changed = (): void => {
    known.clear();
    button.setAttribute("aria-pressed", String(isDark()));
    for (const listener of listeners) listener();
  };
  const chosen = recall();
  if (chosen !== null) document.documentElement.dataset["theme"] = chosen;
  button.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset["theme"] = next;
    keep(next);
    changed();
  });
  system.addEventListener("change", changed);
  changed();
}

/** Pages may be denied a place to keep things. */
function recall(): string | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice lasts as long as the page.
  }
}
