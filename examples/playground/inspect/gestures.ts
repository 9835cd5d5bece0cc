/** What fingers and the mouse do to a part that scrolls. */

/** The mouse drags what touch scrolls by itself. */
export function dragScrolls(place: HTMLElement): void {
  let from: readonly [number, number] | null = null;
  place.addEventListener("pointerdown", ({ pointerType, button, clientX, clientY }) => {
    if (pointerType === "mouse" && button === 0) from = [clientX + place.scrollLeft, clientY + place.scrollTop];
  });
  addEventListener("pointermove", ({ clientX, clientY }) => {
    if (from !== null) place.scrollTo(from[0] - clientX, from[1] - clientY);
  });
  addEventListener("pointerup", () => {
    from = null;
  });
}

/** Calls back with how much further apart two fingers are than they were. */
export function pinches(place: HTMLElement, zoom: (ratio: number) => void): void {
  let before = 0;
  const distance = ({ touches: [a, b] }: TouchEvent): number =>
    a === undefined || b === undefined ? 0 : Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  place.addEventListener("touchstart", (event) => {
    before = distance(event);
  });
  place.addEventListener(
    "touchmove",
    (event) => {
      const now = distance(event);
      if (now === 0 || before === 0) return;
      event.preventDefault();
      zoom(now / before);
      before = now;
    },
    { passive: false },
  );
}
