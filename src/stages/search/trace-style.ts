/** Of the trace page. */
export const TRACE_STYLE = `
:root { font: 14px/1.45 system-ui, sans-serif; color-scheme: light dark; --line: #8884; --yes: #1a7f37; --no: #c0392b; }
@media (prefers-color-scheme: dark) { :root { --yes: #4ac26b; --no: #ff7b72; } }
body { max-width: 80rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3 { line-height: 1.2; margin: 0.2em 0; }
.overline { margin: 0; opacity: 0.7; letter-spacing: 0.08em; text-transform: uppercase; font-size: 0.75rem; }
section { border-top: 1px solid var(--line); padding: 1rem 0 2rem; }
.facts { opacity: 0.75; margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: 0.3rem; vertical-align: top; text-align: left; font-weight: normal; }
tbody tr { border-top: 1px solid var(--line); }
img { display: block; width: 64px; height: 64px; image-rendering: pixelated; border-radius: 4px; }
small { display: block; font-size: 0.75rem; white-space: nowrap; }
.end { color: var(--no); font-size: 0.8rem; vertical-align: middle; }
.cut img { opacity: 0.65; }
.cut td:has(+ .end) img { opacity: 1; outline: 2px solid var(--no); }
.chosen { background: color-mix(in srgb, var(--yes) 14%, transparent); }
.yes { color: var(--yes); font-weight: 600; }
.no { color: var(--no); }
`;
