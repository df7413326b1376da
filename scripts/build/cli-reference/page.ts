import { createParser } from "../../../src/commands/program.js";
import { ROOT } from "../../../src/machine/layout.js";

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
