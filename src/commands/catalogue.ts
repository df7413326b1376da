import { agreement } from "./agreement.js";
import type { Command } from "./command.js";
import { compare } from "./compare.js";
import { completionOf } from "./completion.js";
import { data } from "./data.js";
import { decide } from "./decide.js";
import { doctor } from "./doctor.js";
import { evaluate } from "./evaluate.js";
import { exportCommand } from "./export.js";
import { exportImages } from "./export-images.js";
import { generate } from "./generate.js";
import { importCommand } from "./import.js";
import { importImages } from "./import-images.js";
import { init } from "./init.js";
import { judge } from "./judge.js";
import { name } from "./name.js";
import { pair } from "./pair.js";
import { pull } from "./pull.js";
import { push } from "./push.js";
import { quickstart } from "./quickstart.js";
import { repair } from "./repair.js";
import { replay } from "./replay.js";
import { review } from "./review.js";
import { rm } from "./rm.js";
import { run } from "./run.js";
import { scenes } from "./scenes.js";
import { score } from "./score.js";
import { setup } from "./setup.js";
import { show } from "./show.js";
import { sql } from "./sql.js";
import { status } from "./status.js";
import { studio } from "./studio.js";
import { train } from "./train.js";
import { workShards } from "./work-shards.js";

const WHOLE: readonly Command[] = [quickstart, init, setup, doctor, run, status, name, rm, repair];
const STAGES: readonly Command[] = [generate, importImages, score, pair, train, evaluate, compare];
const REVIEWING: readonly Command[] = [review, agreement, decide];
const EXCHANGING: readonly Command[] = [exportCommand, exportImages, importCommand, push, pull];
const JUDGES: readonly Command[] = [judge];
const LOOKING: readonly Command[] = [studio, show, data, sql, replay, scenes, completionOf(() => COMMANDS)];

/** Every command, in the order of the help. Their files import what is heavy only when they run. */
export const COMMANDS: readonly Command[] = [
  ...WHOLE,
  ...STAGES,
  ...REVIEWING,
  ...JUDGES,
  ...EXCHANGING,
  ...LOOKING,
  workShards,
];
