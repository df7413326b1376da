import { execFileSync } from "node:child_process";
import { childEnvironment } from "../machine/child-environment.js";

/** A driver that does not answer within this time is taken to show no cards. */
const PATIENCE_MILLISECONDS = 20_000;

/**
 * The graphics cards that a process started here may use, as CUDA_VISIBLE_DEVICES names them: those that this variable allows,
 * otherwise all that the NVIDIA driver knows. None where there is no driver.
 */
export function visibleCards(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const allowed = environment["CUDA_VISIBLE_DEVICES"];
  if (allowed !== undefined) return allowedCards(allowed);
  try {
    // By uuid, because CUDA numbers cards by speed and the driver by slot.
    const words = ["--query-gpu=uuid", "--format=csv,noheader"];
    const stdio = ["ignore", "pipe", "ignore"] as ["ignore", "pipe", "ignore"];
    const told = execFileSync("nvidia-smi", words, {
      env: childEnvironment({}, environment),
      encoding: "utf8",
      timeout: PATIENCE_MILLISECONDS,
      stdio,
    });
    return told
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("GPU-"));
  } catch {
    return [];
  }
}

/** As CUDA reads the list: what follows a -1 is not seen. */
function allowedCards(list: string): string[] {
  const names = list.split(",").map((name) => name.trim());
  const end = names.findIndex((name) => name === "" || name === "-1");
  return end === -1 ? names : names.slice(0, end);
}
