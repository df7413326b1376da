import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Pages that are written by hand and read by users; reports and notes tell of their day. */
export const PAGES = readdirSync("docs", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".md") && !/^(results|decisions|reference)\//.test(path))
  .map((path) => join("docs", path));

/** The blocks of a language on a page. */
export function blocksOf(page: string, language: string): string[] {
  const fenced = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g");
  return [...readFileSync(page, "utf8").matchAll(fenced)].map(([, block = ""]) => block);
}

/** The lines of a page that are typed, without what is said of them. */
export function commandsOf(page: string): string[] {
  return blocksOf(page, "sh")
    .flatMap((block) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line.startsWith("npx espalier "));
}
