/** Views that follow something fast: drawn again at most so often, and once more when it rests. */

/** Milliseconds between two drawings; those who want less motion see fewer. */
const reduced = matchMedia("(prefers-reduced-motion: reduce)");
const period = (): number => (reduced.matches ? 1000 : 150);

/** A function that asks for a drawing; what is asked for meanwhile is one further drawing. */
export function follow(draw: () => void | Promise<void>): () => void {
  let asked = false;
  let busy = false;
  const run = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      while (asked) {
        asked = false;
        await draw();
        await new Promise((resolve) => setTimeout(resolve, period()));
      }
    } finally {
      busy = false;
    }
  };
  return () => {
    asked = true;
    void run();
  };
}
