import { createHash } from "node:crypto";

/**
 * The Content-Security-Policy of a self-contained page: its own scripts and styles by hash, images and data from where it
 * came from, nothing from anywhere else.
 */
export function pagePolicy(page: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashes(page, "script")}`,
    `style-src ${hashes(page, "style")}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function hashes(page: string, element: "script" | "style"): string {
  const contents = [...page.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"))];
  const sources = contents.map(([, content = ""]) => {
    const digest = createHash("sha256").update(content).digest("base64");
    return `'sha256-${digest}'`;
  });
  return sources.join(" ") || "'none'";
}
