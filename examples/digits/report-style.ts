/** The style sheet of the report: system fonts, light and dark, from a phone to a desktop. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1b1a18; --soft: #6b6862; --rule: #e6e3dd;
  --train: #2a78d6; --validate: #c2561d; --right: 42, 120, 214; --wrong: 214, 88, 24; --picture: invert(1);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #141413; --card: #1c1c1a; --ink: #f1efea; --soft: #9d9a92; --rule: #32312e;
    --train: #5b9fee; --validate: #ea8450; --right: 57, 135, 229; --wrong: 232, 112, 48; --picture: none;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 1120px; margin: 0 auto; padding: clamp(28px, 6vw, 72px) clamp(18px, 4vw, 40px) 72px; }
header { display: grid; grid-template-columns: 1fr auto; gap: 16px 48px; align-items: end; padding-bottom: 28px; border-bottom: 1px solid var(--rule); }
h1 { margin: 0 0 6px; font-size: clamp(26px, 4vw, 38px); line-height: 1.12; letter-spacing: -0.02em; font-weight: 640; text-wrap: balance; }
header p { margin: 0; color: var(--soft); max-width: 46em; }
.score { text-align: right; }
.score strong { display: block; font-size: clamp(44px, 7vw, 72px); line-height: 1; letter-spacing: -0.035em; font-weight: 620; font-variant-numeric: tabular-nums; white-space: nowrap; }
.score span { color: var(--soft); font-size: 14px; }
section { margin-top: 52px; }
h2 { margin: 0 0 4px; font-size: 20px; letter-spacing: -0.01em; font-weight: 620; }
section > p { margin: 0 0 18px; color: var(--soft); max-width: 60em; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); gap: 20px 28px; margin: 28px 0 0; padding: 0; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 2px 0 0; font-size: 21px; font-weight: 560; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 24px; align-items: start; }
figure { margin: 0; padding: 18px 18px 12px; background: var(--card); border: 1px solid var(--rule); border-radius: 12px; min-width: 0; }
figcaption { font-size: 14px; font-weight: 580; margin-bottom: 8px; }
figcaption small { font-weight: 400; color: var(--soft); font-size: 13px; margin-left: 6px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font: 12.5px system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); } .axis { stroke: var(--soft); stroke-opacity: 0.6; } .tick { fill: var(--soft); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.train { stroke: var(--train); } .line.validate { stroke: var(--validate); }
.line.batches { stroke-width: 1.25; }
.dot { stroke: var(--card); stroke-width: 2; } .dot.train { fill: var(--train); } .dot.validate { fill: var(--validate); }
.name { font-weight: 600; } .name.train { fill: var(--train); } .name.validate { fill: var(--validate); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; width: 100%; }
th { font-weight: 500; color: var(--soft); }
.matrix { table-layout: fixed; border-collapse: separate; border-spacing: 2px; font-size: clamp(10px, 1.5vw, 13px); }
.matrix td, .matrix th { text-align: center; padding: 0; height: clamp(26px, 4.4vw, 36px); }
.matrix td { border-radius: 4px; background: rgba(var(--tint), var(--depth)); }
.matrix td.none { color: var(--rule); }
.matrix .corner { font-size: 11px; }
.classes th, .classes td { text-align: right; padding: 6.5px 8px; border-bottom: 1px solid var(--rule); }
.classes td { white-space: nowrap; }
.classes th:first-child, .classes td:first-child { text-align: left; }
.classes tbody tr:last-child td { border-bottom: 0; }
.classes td:first-child { font-weight: 620; font-size: 16px; }
.bar { display: inline-block; width: clamp(36px, 7vw, 84px); height: 6px; margin-left: 10px; border-radius: 3px; background: var(--rule); vertical-align: 1.5px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--train); border-radius: 3px; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 14px; padding: 0; margin: 0; list-style: none; }
.mistakes li { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 10px 10px 8px; text-align: center; font-variant-numeric: tabular-nums; }
.mistakes img { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; filter: var(--picture); mix-blend-mode: multiply; }
.mistakes b { display: block; margin-top: 6px; font-size: 15px; font-weight: 600; }
.mistakes b em { font-style: normal; color: var(--validate); }
.mistakes span { color: var(--soft); font-size: 12px; }
.settings { columns: 2 320px; column-gap: 48px; margin: 0; font-size: 14px; }
.settings div { display: flex; justify-content: space-between; gap: 24px; padding: 7px 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
.settings dt { color: var(--soft); white-space: nowrap; } .settings dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
@media (prefers-color-scheme: dark) { .mistakes img { mix-blend-mode: screen; } }
@media (max-width: 640px) { header { grid-template-columns: 1fr; } .score { text-align: left; } figure { padding: 14px 10px 10px; } svg text { font-size: 17px; } .classes { font-size: 13px; } .classes th, .classes td { padding-inline: 4px; } .bar { display: none; } .mistakes { grid-template-columns: repeat(4, 1fr); gap: 8px; } .mistakes li { padding: 6px 4px; } }
@media print { figure, .mistakes li { break-inside: avoid; } }
`;
