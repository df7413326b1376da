import { createHash } from "node:crypto";
import { type Content, html, Markup } from "./html.js";

/**
 * A whole page in one file: its style inside, images as data, and nothing else let in: of scripts, the one that is given, by
 * its hash.
 */
export function htmlPage(title: string, style: string, body: Content, script?: string): string {
  const scripts = script === undefined ? "" : `; script-src 'sha256-${hashOf(script)}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'${new Markup(scripts)}">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
${script === undefined ? undefined : new Markup(`<script>${script}</script>`)}
</body>
</html>
`.text;
}

function hashOf(script: string): string {
  return createHash("sha256").update(script).digest("base64");
}
