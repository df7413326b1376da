import type { ModelsConfig } from "../config/schema/models.js";
import type { Context } from "./command.js";

/** What work does with models: draw and judge with them, or train them. */
export type Work = "sampling" | "training";

/** Brings what work with these models needs and this machine lacks, before the work starts, and says so. Throws MachineError. */
export async function prepare(
  { family }: Pick<ModelsConfig, "family">,
  works: readonly Work[],
  { announce, signal }: Pick<Context, "announce" | "signal">,
): Promise<void> {
  const { lacking, setUp } = await import("../runner/setup/set-up.js");
  const isBundled = family === "bundled" || family === "bundled-next-token";
  const needs = lacking([
    ...(isBundled && works.length > 0 ? (["onnx"] as const) : []),
    ...(works.includes("training") || (!isBundled && works.length > 0) ? (["python"] as const) : []),
  ]);
  if (needs.length === 0) return;
  announce("Fetching what this needs and this machine has not yet; espalier setup does so ahead of time.");
  await setUp(needs, { say: announce, signal });
}
