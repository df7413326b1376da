import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { CommanderError, Option, Command as Parser } from "commander";
import { nearestName } from "../config/nearest-name.js";
import { ConfigError, DamagedFileError, EspalierError } from "../errors.js";
import { commandLine, DEFAULT_WORKSPACE, quoted } from "../records/command-line.js";
import { SILENT } from "../records/progress.js";
import { COMMANDS } from "./catalogue.js";
import { type Command, flagName, type Report } from "./command.js";
import { complaint, worded } from "./complaint.js";
import { refuseIdleFlags } from "./flag-rules.js";
import { asJson, plainly } from "./plain-output.js";
import { createProgress } from "./progress.js";
import type { Surroundings } from "./surroundings.js";

/** Exit codes: 0, 1 (our bug or a failed worker), 2 (the user's input), 130 (interrupted). */
export type ExitCode = 0 | 1 | 2 | 130;

/** Parses a command line (without node and script), runs it, reports, and resolves to the exit code. */
export async function runProgram(words: readonly string[], given: Surroundings): Promise<ExitCode> {
  const surroundings = plainly(given);
  let code: ExitCode = 0;
  const finish = (exitCode: ExitCode) => {
    code = exitCode;
  };
  const parser = createParser(surroundings, finish, words);
  try {
    await parser.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return explain(await cured(error, workspaceIn(words)), words, surroundings);
  }
}

/** All commands with their flags; `finish` receives the exit code of the one that ran. `line` is what they are parsed from. */
export function createParser(
  surroundings: Surroundings,
  finish: (code: ExitCode) => void,
  line: readonly string[] = [],
): Parser {
  const parser = new Parser("espalier")
    .description("Preference data and DPO rounds for text-to-image generators that decode step by step.")
    .version(surroundings.version)
    .exitOverride()
    .configureOutput({ writeOut: surroundings.out, writeErr: () => {} })
    .allowExcessArguments()
    // Those of an unknown command: the command is what is wrong.
    .allowUnknownOption()
    .action((_flags, self: Parser) => refuseBare(self, surroundings));
  parser.addHelpText("after", `\n${FIRST_STEPS}`);
  for (const command of COMMANDS) addCommand(parser, command, { surroundings, finish, line });
  return parser;
}

const FIRST_STEPS = [
  "First steps:",
  "  $ espalier quickstart              the whole method, once and small",
  "  $ espalier init my-experiment      a pipeline and prompts to edit",
  "  $ espalier run --help              what a command takes, with examples",
].join("\n");

interface Invocation {
  readonly surroundings: Surroundings;
  readonly finish: (code: ExitCode) => void;
  readonly line: readonly string[];
}

function addCommand(parser: Parser, command: Command, invocation: Invocation): void {
  const child = parser
    .command(command.name, { hidden: command.hidden ?? false })
    .description(command.summary)
    .allowExcessArguments(false);
  for (const { name, describe, required, many } of command.positionals) {
    const shown = many ? `${name}...` : name;
    child.argument(required ? `<${shown}>` : `[${shown}]`, describe);
  }
  for (const [key, flag] of Object.entries(command.flags)) {
    const name = flagName(key);
    const option = new Option(flag.takes ? `${name} <${flag.takes}>` : name, flag.describe);
    // "--no-up-to" is a name like any other; commander would take it for the contrary of "--up-to".
    option.negate = false;
    if (flag.takes) option.argParser((typed: string) => flag.parse(typed, name));
    if (flag.initial !== null) option.default(flag.initial);
    child.addOption(option);
  }
  child.option("--workspace <folder>", "where the ledger, images and checkpoints lie", DEFAULT_WORKSPACE);
  child.option("--json", "print one JSON document instead of text", false);
  if (command.examples.length > 0) {
    child.addHelpText("after", `\nExamples:\n${command.examples.map((line) => `  $ ${line}`).join("\n")}`);
  }
  child.action(async () => invocation.finish(await runCommand(command, child, invocation)));
}

async function runCommand(
  command: Command,
  parser: Parser,
  { surroundings, line }: Invocation,
): Promise<ExitCode> {
  const { workspace, json, ...given } = parser.opts<{ workspace: string; json: boolean }>();
  const flags = { ...initialValues(command), ...given };
  const said = Object.keys(command.flags).filter((key) => parser.getOptionValueSource(key) === "cli");
  refuseIdleFlags(command, { words: parser.args, flags, said });
  const progress = json ? undefined : createProgress(surroundings.bars ?? surroundings.errors);
  const context = {
    words: repeated(line),
    workspace,
    home: surroundings.home,
    progress: progress ?? SILENT,
    signal: surroundings.signal,
    announce: (line: string) => surroundings.errors.write(`${line}\n`),
    lines: () => createInterface({ input: surroundings.input ?? Readable.from([]) }),
    print: (line: string) => surroundings.out(`${line}\n`),
  };
  let report: Report;
  try {
    report = await command.run(parser.args, flags, context);
  } finally {
    progress?.close();
  }
  if (command.hidden) return report.exitCode ?? 0;
  surroundings.out(`${json ? asJson(report.data) : textOf(report, workspace)}\n`);
  return report.exitCode ?? 0;
}

/** The text, then what comes after it. */
function textOf({ text, next = [] }: Report, workspace: string): string {
  return [text.trimEnd(), ...next.map((words) => `Next: ${commandLine(words, workspace)}`)].join("\n");
}

function initialValues(command: Command): Record<string, unknown> {
  return Object.fromEntries(Object.entries(command.flags).map(([key, { initial }]) => [key, initial]));
}

function refuseBare(parser: Parser, { errors }: Surroundings): never {
  const [word] = parser.args;
  if (word?.startsWith("-")) throw new ConfigError(`Expected a command before ${word}, got none.`);
  if (word !== undefined) {
    const near = nearestName(
      word,
      COMMANDS.map(({ name }) => name),
    );
    throw new ConfigError(`Unknown command "${word}"; did you mean "${near}"?`);
  }
  errors.write(parser.helpInformation());
  throw new ConfigError("Expected a command, got none.");
}

/** Prints what went wrong, without a stack where it is the user's to cure, and gives the exit code. */
export function explain(thrown: unknown, words: readonly string[], surroundings: Surroundings): ExitCode {
  const { errors, signal, out } = surroundings;
  const error = signal.aborted ? interruption(words) : readable(thrown, words);
  errors.write(`${signal.aborted ? error.message : complaint(error)}\n`);
  if (words.includes("--json")) {
    out(`${asJson({ error: { name: error.name, message: error.message } })}\n`);
  }
  if (signal.aborted) return 130;
  return error instanceof EspalierError ? error.exitCode : 1;
}

function interruption(words: readonly string[]): Error {
  const resumable = COMMANDS.some(({ name, resumable }) => name === words[0] && resumable);
  const line = `espalier ${words.map(quoted).join(" ")}`;
  const message = resumable ? `Stopped; what was finished is kept. Go on with: ${line}` : "Stopped.";
  return Object.assign(new Error(message), { name: "Interrupted" });
}

/** A line without what says where it works and how it answers. */
function repeated(line: readonly string[]): string[] {
  return line.filter((word, at) => !/^--(json$|workspace(=|$))/.test(word) && line[at - 1] !== "--workspace");
}

/** What makes a damaged file again is looked up where one was found, and nowhere else. */
async function cured(error: unknown, workspace: string): Promise<unknown> {
  if (!(error instanceof DamagedFileError)) return error;
  const { withCure } = await import("../runner/damage-cure.js");
  return withCure(error, workspace);
}

/** Where a line works, as far as it says so before it is parsed. */
function workspaceIn(words: readonly string[]): string {
  const given = words.findIndex((word) => /^--workspace(=|$)/.test(word));
  const typed = given < 0 ? undefined : (words[given]?.split("=")[1] ?? words[given + 1]);
  return typed ?? DEFAULT_WORKSPACE;
}

/** A complaint of the parser, or of the machine, in our words; anything else as it is. */
function readable(thrown: unknown, words: readonly string[]): Error {
  if (!(thrown instanceof CommanderError)) return worded(thrown, workspaceIn(words));
  const [complaint = ""] = thrown.message.replace(/^error: /, "").split("\n");
  const unknown = /^unknown option '(?<flag>[^'=]+)/.exec(complaint)?.groups?.["flag"];
  const near = unknown && nearestName(unknown, flagsOf(words));
  return new ConfigError(near ? `${complaint}; did you mean ${near}?` : complaint, { cause: thrown });
}

/** Flags of the command that the line names: those of others would be refused as well. */
function flagsOf(words: readonly string[]): string[] {
  const command = COMMANDS.find(({ name }) => name === words[0]);
  return [...Object.keys(command?.flags ?? {}).map(flagName), "--json", "--workspace", "--help"];
}
