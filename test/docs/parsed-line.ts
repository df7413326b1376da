import { createParser } from "../../src/commands/program.js";

const SILENT = {
  ...{ home: ".", version: "0", signal: new AbortController().signal, out: () => {} },
  errors: { write: () => true },
};

/** Reads a line of a page ("npx espalier ...") as the program does, without running it. Throws what the program would say of it. */
export function parsedLine(line: string): void {
  const typed = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const [, , name = "", ...words] = typed.map((word) => word.replace(/^(['"])(.*)\1$/s, "$2"));
  const parser = createParser(SILENT, () => {});
  const command = parser.commands.find((one) => one.name() === name);
  if (command === undefined) throw new Error(`There is no command ${name}: ${line}`);
  const { operands, unknown } = command.parseOptions(words);
  const flags = unknown.filter((word) => word !== "--help");
  if (flags.length > 0) throw new Error(`${name} takes no ${flags.join(", ")}: ${line}`);
  const places = command.registeredArguments;
  const least = unknown.includes("--help") ? 0 : places.filter(({ required }) => required).length;
  const most = places.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : places.length;
  if (operands.length < least || operands.length > most)
    throw new Error(`${name} takes ${least} to ${most} words, got ${operands.join(", ") || "none"}: ${line}`);
}
