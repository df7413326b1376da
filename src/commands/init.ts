import { commandLine } from "../records/command-line.js";
import { defineCommand } from "./command.js";

export const init = defineCommand({
  name: "init",
  summary: "write a starter pipeline and prompt file into a folder",
  examples: ["espalier init my-experiment", "espalier run my-experiment/pipeline.ts --plan"],
  positionals: [{ name: "folder", describe: "made when missing; the default is here", required: false }],
  flags: {},
  async run([folder = "."], _flags, { workspace }) {
    const { writeStarter } = await import("./starter.js");
    const files = writeStarter(folder);
    const pipeline = files[0];
    const plan = commandLine(["run", String(pipeline), "--plan"], workspace);
    const text = [...files.map((file) => `Wrote ${file}`), `Edit them, then see what would run: ${plan}`];
    return { data: { files }, text: text.join("\n") };
  },
});
