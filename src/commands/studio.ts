import { defineCommand, number } from "./command.js";
import { complaint, worded } from "./complaint.js";

export const studio = defineCommand({
  name: "studio",
  summary: "look into a workspace, also while it is written: runs, pictures, comparisons",
  examples: ["espalier studio", "espalier studio --workspace elsewhere --port 8123"],
  positionals: [],
  flags: { port: number("port on 127.0.0.1; 0 takes a free one", { least: 0, most: 65535 }, 0) },
  resumable: true,
  async run(_words, { port }, { workspace, signal, announce }) {
    const { serveStudio } = await import("../studio/serve-studio.js");
    await serveStudio({
      ...{ workspace, port, signal },
      onOpen: (url) => announce(`Studio at ${url}\nCtrl-C ends it; what was said is kept.`),
      onError: (error) => announce(complaint(worded(error, workspace))),
    });
    return { data: { workspace }, text: "The studio is closed." };
  },
});
