import type { Command } from "./command.js";
import { doctor } from "./doctor.js";
import { init } from "./init.js";
import { scenes } from "./scenes.js";

/** Every command, in the order of the help. Their files import what is heavy only when they run. */
export const COMMANDS: readonly Command[] = [init, doctor, scenes];
