import { commandLine } from "../records/command-line.js";
import { defineCommand, oneOf, toggle } from "./command.js";
import { TEMPLATES } from "./templates.js";

export const init = defineCommand({
  name: "init",
  summary: "write what an experiment begins with into a folder",
  examples: [
    "espalier init my-experiment",
    "espalier init my-pictures --images",
    "espalier run my-experiment/pipeline.ts --plan",
  ],
  positionals: [{ name: "folder", describe: "made when missing; the default is here", required: false }],
  flags: {
    template: oneOf(
      "bundled: a pipeline of the models that come with it; show-o, janus-pro: of released models; diffusers: of a pipeline of the Hub; images: pictures of yours",
      TEMPLATES,
      "bundled",
    ),
    images: toggle("the same as --template images", { excludes: ["template"] }),
  },
  async run([folder = "."], { template, images }, { workspace }) {
    const { writeStarter } = await import("./starter.js");
    const files = writeStarter(folder, images ? "images" : template);
    const wrote = files.map((file) => `Wrote ${file}`).join("\n");
    const pipeline = files.find((file) => /pipeline\.m?ts$/.test(file));
    if (pipeline === undefined) {
      const pictures = commandLine(["import-images", `${folder}/pictures`, "--from", "samples"], workspace);
      return {
        data: { files },
        text: `${wrote}\n${folder}/README.md has the way; it begins with: ${pictures}`,
      };
    }
    const plan = commandLine(["run", pipeline, "--plan"], workspace);
    return { data: { files }, text: `${wrote}\nEdit them, then see what would run: ${plan}` };
  },
});
