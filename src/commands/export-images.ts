import { defineCommand, text } from "./command.js";

export const exportImages = defineCommand({
  name: "export-images",
  summary: "lay the images of an evaluation out for GenEval's own scorer",
  examples: [
    "espalier export-images 41c7e0 images",
    "espalier export-images 41c7e0 images --prompts evaluation_metadata.jsonl",
  ],
  positionals: [
    { name: "evaluation", describe: "id of an evaluation, or its first digits", required: true },
    { name: "folder", describe: "new folder; the same again goes on", required: true },
  ],
  flags: {
    prompts: text("file whose order numbers the prompts; by task and text unless given", "file", null),
  },
  resumable: true,
  async run([evaluation = "", folder = ""], { prompts }, { workspace, progress, signal }) {
    const runner = await import("../runner/inspection/export-images.js");
    const asked = { evaluation, folder, prompts };
    const found = await runner.exportImages(asked, { workspace, progress, signal });
    const lines = [
      `${found.images} images of ${found.prompts} prompts in ${folder}` +
        (found.kept > 0 ? `, ${found.kept} of them there before` : ""),
      "In a checkout of GenEval with its own packages:",
      `  python evaluation/evaluate_images.py ${folder} --outfile results.jsonl --model-path MODELS`,
      "  python evaluation/summary_scores.py results.jsonl",
    ];
    return { data: found, text: lines.join("\n") };
  },
});
