import { ConfigError } from "../errors.js";
import type { Command } from "./command.js";
import { defineCommand, flagName } from "./command.js";

const SHELLS = ["bash", "zsh", "fish"] as const;
/** Of every command. */
const ALWAYS = ["--workspace", "--json", "--help"];

/** Completes the commands of the catalogue, this one among them. */
export function completionOf(catalogue: () => readonly Command[]): Command {
  return defineCommand({
    name: "completion",
    summary: "print what makes a shell complete commands and flags",
    examples: [
      "espalier completion bash >> ~/.bashrc",
      "espalier completion zsh >> ~/.zshrc",
      "espalier completion fish > ~/.config/fish/completions/espalier.fish",
    ],
    positionals: [{ name: "shell", describe: SHELLS.join(", "), required: true }],
    flags: {},
    async run([shell = ""]) {
      const known = catalogue().filter(({ hidden }) => !hidden);
      if (shell === "fish") return reportOf(shell, fish(known));
      if (shell === "bash" || shell === "zsh") return reportOf(shell, bash(known, shell));
      throw new ConfigError(`Expected the shell to be one of ${SHELLS.join(", ")}, got "${shell}".`);
    },
  });
}

function reportOf(shell: string, text: string) {
  return { data: { shell, text }, text };
}

/** zsh reads bash's way of it once it is told to. */
function bash(commands: readonly Command[], shell: "bash" | "zsh"): string {
  const cases = commands.map((command) => `    ${command.name}) words="${flagsOf(command).join(" ")}" ;;`);
  return [
    ...(shell === "zsh" ? ["autoload -U +X bashcompinit && bashcompinit"] : []),
    "_espalier() {",
    `  local words="" typed="\${COMP_WORDS[COMP_CWORD]}"`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${commands.map(({ name }) => name).join(" ")} --help --version"`,
    `  else case "\${COMP_WORDS[1]}" in`,
    ...cases,
    "  esac; fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$typed"))',
    "}",
    "complete -o default -F _espalier espalier",
  ].join("\n");
}

function fish(commands: readonly Command[]): string {
  const first = commands.map(
    ({ name, summary }) => `complete -c espalier -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
  );
  const flags = commands.flatMap((command) =>
    flagsOf(command).map(
      (flag) => `complete -c espalier -n "__fish_seen_subcommand_from ${command.name}" -l ${flag.slice(2)}`,
    ),
  );
  return [...first, ...flags].join("\n");
}

function flagsOf({ flags }: Command): string[] {
  return [...Object.keys(flags).map(flagName), ...ALWAYS];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
