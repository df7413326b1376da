import { createHash } from "node:crypto";

/**
 * The Content-Security-Policy of a page: its own scripts and styles by hash, images and data from where it came from,
 * nothing from anywhere else. `files` are the scripts and styles that a page may load beside its own.
 */
export function pagePolicy(page: string, files = ""): string {
  return [
    "default-src 'none'",
    `script-src ${hashes(page, "script", files)}`,
    `style-src ${hashes(page, "style", files)}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function hashes(page: string, element: "script" | "style", files: string): string {
  const contents = [...page.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"))];
  const sources = contents.map(([, content = ""]) => {
    const digest = createHash("sha256").update(content).digest("base64");
    return `'sha256-${digest}'`;
  });
  return [files, ...sources].filter((source) => source !== "").join(" ") || "'none'";
}
