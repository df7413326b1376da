import type { Command } from "./command.js";
import { doctor } from "./doctor.js";
import { init } from "./init.js";
import { replay } from "./replay.js";
import { run } from "./run.js";
import { scenes } from "./scenes.js";
import { show } from "./show.js";
import { status } from "./status.js";

/** Every command, in the order of the help. Their files import what is heavy only when they run. */
export const COMMANDS: readonly Command[] = [init, doctor, run, status, show, replay, scenes];
