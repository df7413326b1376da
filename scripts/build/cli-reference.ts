/** npm run docs does so by itself. Writes docs/reference/cli.md: what every command says of itself with --help. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { createParser } from "../../src/commands/program.js";
import { ROOT } from "../../src/machine/layout.js";

const FILE = join(ROOT, "docs", "reference", "cli.md");

/** The page: a section for each command that the help shows. */
export function cliReference(): string {
  const said: string[] = [];
  const out = (text: string) => said.push(text);
  const parser = createParser(
    {
      home: ROOT,
      version: "",
      signal: new AbortController().signal,
      out,
      errors: { write: () => undefined },
    },
    () => undefined,
  );
  const helpOf = (command: typeof parser) => {
    said.length = 0;
    command.configureOutput({ writeOut: out, getOutHelpWidth: () => 90 }).outputHelp();
    return `\`\`\`text\n${said.join("").trim()}\n\`\`\``;
  };
  const shown = parser
    .createHelp()
    .visibleCommands(parser)
    .filter((command) => command.name() !== "help");
  const sections = shown.map((command) => `## ${command.name()}\n\n${helpOf(command as typeof parser)}`);
  return ["# Commands", helpOf(parser), ...sections].join("\n\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${cliReference()}\n`);
}
