import { ConfigError } from "../errors.js";
import { defineCommand, text, toggle } from "./command.js";

export const name = defineCommand({
  name: "name",
  summary: "give a stage a name that every command takes, and a note",
  examples: [
    "espalier name 017156 first-try",
    'espalier name 017156 first-try --note "eight images a prompt, judge of August"',
    "espalier name first-try --clear",
  ],
  positionals: [
    { name: "stage", describe: "id of a stage, its first digits or its name so far", required: true },
    {
      name: "title",
      describe: "what it is to be called: lower-case letters, digits and dashes",
      required: false,
    },
  ],
  flags: {
    note: text("what there is to say of it", "text", null),
    clear: toggle("take name and note away", { excludes: ["title", "note"] }),
  },
  async run([stage = "", title], { note, clear }, { workspace }) {
    if (!clear && title === undefined && note === null) {
      throw new ConfigError(
        "Expected a name, --note or --clear, got none of them: there is nothing to say of the stage.",
      );
    }
    const { nameStage } = await import("../runner/name-stage.js");
    const said = clear
      ? { title: null, note: null }
      : { ...(title === undefined ? {} : { title }), ...(note === null ? {} : { note }) };
    const row = nameStage(workspace, stage, said);
    const called = row.title === null ? "has no name" : `is called ${row.title}`;
    return {
      data: { id: row.id, name: row.name, title: row.title, note: row.note },
      text: `${row.name} ${row.id} ${called}${row.note === null ? "" : `: ${row.note}`}`,
    };
  },
});
