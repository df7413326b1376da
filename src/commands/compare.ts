import { MOST } from "../config/limits.js";
import { defineCommand, number, toggle } from "./command.js";

export const compare = defineCommand({
  name: "compare",
  summary: "compare evaluations on the same prompts and seeds",
  examples: ["espalier compare quickstart", "espalier compare 51d0aa 93be07"],
  positionals: [
    { name: "evaluations", describe: "a run, or ids of evaluation stages", required: true, many: true },
  ],
  flags: {
    resamples: number(
      "bootstrap resamples behind every interval; as many as the run draws unless given",
      { least: 100, most: MOST.resamples },
      null,
    ),
    page: toggle("make the page with the images also where a model must be opened in Python to draw them"),
  },
  async run(names, { resamples, page: isAsked }, { workspace }) {
    const { compareStored } = await import("../runner/reports/compare-stored.js");
    const { comparison, table, file, page } = await compareStored(names, {
      ...{ workspace, resamples },
      page: isAsked,
    });
    const places = [
      ...(file === null ? [] : [`As data: ${file}`]),
      ...(page === null ? [] : [`As a page, with the pictures that changed: ${page}`]),
    ];
    return { data: { ...comparison, file, page }, text: [table, ...places].join("\n\n") };
  },
});
