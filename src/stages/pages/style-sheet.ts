/** Every colour of reports and charts, light and dark. Series keep a contrast of at least 3:1 to both backgrounds. */
export const COLORS = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --card: #ffffff; --ink: #1c221f; --muted: #5f6a64; --rule: #e2e1da;
  --accent: #2b6a4d; --gain: #1f7a4d; --loss: #b3372f; --note: #fbf3dc;
  --series-0: #858c94; --series-1: #c27c00; --series-2: #14806f; --series-3: #2c68d6;
  --series-4: #9547b0; --series-5: #c64a26; --series-6: #678518; --series-7: #bb3a75;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131715; --card: #1a1f1c; --ink: #e5e9e6; --muted: #98a49d; --rule: #2c332f;
    --accent: #7fc7a3; --gain: #6fd09c; --loss: #ff8d84; --note: #2b2717;
    --series-0: #98a1aa; --series-1: #efb03a; --series-2: #43c2ad; --series-3: #78aaff;
    --series-4: #ca8fe1; --series-5: #f28c69; --series-6: #a9c954; --series-7: #f183b4;
  }
}
`;

/** The report's whole appearance. */
export const STYLE_SHEET = `${COLORS}* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 3rem 1.25rem 5rem; max-width: 66rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1, h2 { font-family: Charter, "Iowan Old Style", "Source Serif 4", Georgia, serif; font-weight: 600; }
h1 { margin: 0; font-size: clamp(1.9rem, 5vw, 2.6rem); line-height: 1.15; letter-spacing: -0.01em; }
h2 { margin: 4rem 0 1.25rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); font-size: 1.5rem; line-height: 1.25; }
h3 { margin: 2.5rem 0 0.75rem; font-size: 1rem; font-weight: 650; }
h4 { margin: 0; font-size: 0.95rem; font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; }
p { margin: 0.75rem 0; max-width: 44rem; }
.overline { margin: 0 0 0.5rem; color: var(--accent); font-size: 0.8rem; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; }
.facts, .aside { color: var(--muted); font-size: 0.875rem; font-weight: 400; }
.headline { margin: 1.75rem 0 0; font-size: 1.2rem; line-height: 1.45; }
.headline .aside { display: block; margin-top: 0.25rem; }
.note { padding: 0.75rem 1rem; border-left: 3px solid var(--series-1); background: var(--note); font-size: 0.95rem; }
.null { color: var(--muted); font-size: 0.925rem; overflow-wrap: anywhere; }
.gain { color: var(--gain); } .loss { color: var(--loss); } .best { font-weight: 650; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem 2.5rem; align-items: start; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; }
.chart figcaption { margin-bottom: 0.4rem; font-size: 0.875rem; font-weight: 600; }
.chart svg { display: block; width: 100%; max-width: 34rem; height: auto; overflow: visible; }
.legend { display: flex; flex-wrap: wrap; gap: 0.35rem 1.25rem; margin: 1rem 0 1.5rem; padding: 0; list-style: none; font-size: 0.875rem; }
.swatch { display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.45rem; border-radius: 2px; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.55rem 0.6rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; white-space: nowrap; }
th { font-weight: 550; } thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; white-space: normal; }
th:last-child, td:last-child { padding-right: 0; }
th .from { color: var(--muted); font-weight: 400; }
th:first-child { padding-left: 0; text-align: left; }
td small, th small { display: block; color: var(--muted); font-size: 0.75rem; font-weight: 400; }
.lineage th, .lineage td { text-align: left; white-space: normal; }
code { font: 0.8125rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
summary { cursor: pointer; }
dl { margin: 0.5rem 0 0; } dl div { display: flex; gap: 0.75rem; justify-content: space-between; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
.changes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1.25rem; }
article { padding: 1rem; border: 1px solid var(--rule); border-radius: 8px; background: var(--card); }
article p { margin: 0.15rem 0 0.75rem; }
.images { display: grid; grid-template-columns: repeat(min(var(--columns), 5), minmax(0, 1fr)); gap: 0.75rem 0.6rem; }
.images img { display: block; width: 100%; max-width: 12rem; height: auto; border-radius: 4px; }
.images figcaption { margin-top: 0.3rem; color: var(--muted); font-size: 0.75rem; line-height: 1.3; overflow-wrap: anywhere; }
.right .mark { color: var(--gain); } .wrong .mark { color: var(--loss); }
.mark { font-weight: 700; }
article .reason { margin: 0.75rem 0 0; color: var(--muted); font-size: 0.8125rem; white-space: pre-line; overflow-wrap: anywhere; }
td.words { white-space: normal; text-align: left; min-width: 12rem; }
.roles div { justify-content: flex-start; } .roles dt { flex: 0 0 min(15rem, 45%); }
code.command { overflow-wrap: anywhere; user-select: all; }
.filters { display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; align-items: center; margin: 1rem 0; font-size: 0.875rem; }
.filters[hidden] { display: none; }
.filters select, .filters input, button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--rule); border-radius: 6px; padding: 0.3rem 0.5rem; }
.filters output { color: var(--muted); }
button { cursor: pointer; }
button.open { display: block; width: 100%; min-height: 2rem; max-width: 12rem; padding: 0; border: 0; background: none; cursor: zoom-in; }
button:focus-visible, select:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
dialog { width: min(58rem, 94vw); max-height: 92vh; padding: 1.25rem; border: 1px solid var(--rule); border-radius: 10px; background: var(--paper); color: var(--ink); overflow: auto; }
dialog::backdrop { background: rgb(0 0 0 / 60%); }
dialog form { float: right; } dialog .title { margin: 0; font-size: 1.1rem; font-weight: 650; overflow-wrap: anywhere; }
dialog img { display: block; max-width: 100%; max-height: 62vh; min-width: min(20rem, 100%); object-fit: contain; margin: 0.75rem auto; }
dialog img.pixels { width: min(28rem, 100%); image-rendering: pixelated; }
dialog dl div { font-size: 0.875rem; justify-content: flex-start; } dialog dt { flex: 0 0 min(10rem, 40%); } dialog dd { user-select: all; }
.turn { display: flex; gap: 0.75rem; }
.method p { color: var(--muted); font-size: 0.925rem; }
@media (max-width: 40rem) { tbody th:first-child { min-width: 8rem; white-space: normal; } body { padding: 1.75rem 1rem 3rem; } h2 { margin-top: 3rem; } .images { grid-template-columns: repeat(min(var(--columns), 3), minmax(0, 1fr)); } }
@media print { body { max-width: none; padding: 0; } article { break-inside: avoid; } }
`;
