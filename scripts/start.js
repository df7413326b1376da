// npm start [-- FLAGS OF espalier run]
// Sets everything up, then runs the main job: the two-round quickstart on the bundled models.
import { join } from "node:path";
import { ROOT } from "../src/machine/layout.js";
import { runCommand } from "./setup/run-command.js";
import { setUpOrExplain } from "./setup.js";

process.exitCode = (await setUpOrExplain())
  ? await runCommand(process.execPath, [
      join(ROOT, "bin", "espalier.js"),
      "run",
      "quickstart",
      ...process.argv.slice(2),
    ])
  : 1;
