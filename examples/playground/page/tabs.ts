/** Two parts of one page, one shown: tabs as the ARIA Authoring Practices describe them, kept in the address. */

export function startTabs(onShow: (name: string) => void): void {
  const tabs = [...document.querySelectorAll<HTMLButtonElement>('[role="tab"]')];
  const nameOf = (tab: HTMLElement): string => tab.getAttribute("aria-controls") ?? "";
  const show = (chosen: HTMLButtonElement): void => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(nameOf(tab));
      if (panel !== null) panel.hidden = !on;
    }
    onShow(nameOf(chosen));
  };
  const fromAddress = (): HTMLButtonElement | undefined => tabs.find((tab) => `#${nameOf(tab)}` === location.hash);
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => {
      history.replaceState(null, "", `#${nameOf(tab)}`);
      show(tab);
    });
    tab.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      const next = step === undefined ? undefined : tabs[(i + step + tabs.length) % tabs.length];
      next?.focus();
      next?.click();
    });
  });
  addEventListener("hashchange", () => {
    const tab = fromAddress();
    if (tab !== undefined) show(tab);
  });
  const first = fromAddress() ?? tabs[0];
  if (first !== undefined) show(first);
}
