import { join } from "node:path";
import { candidateFiles } from "../../adapters/arrow/index.js";
import { openJournal } from "../../adapters/journal.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Judge } from "../../records/seams.js";
import { type CandidatesOrder, computeCandidates } from "../../stages/candidates/sample-candidates.js";
import { computeEvaluation } from "../../stages/evaluation/evaluate-shard.js";
import type { EvaluationOrder } from "../../stages/evaluation/evaluation-order.js";
import type { ShardOrder, ShardProduct } from "../../stages/running/distributable-shards.js";
import { journaledSource } from "../../stages/sampling/journaled-source.js";
import { computeScores, type ScoresOrder } from "../../stages/scores/score-candidates.js";
import { computeSearch, type SearchOrder } from "../../stages/search/search-images.js";
import type { ShardTask } from "../executors/task.js";
import type { TaskModels } from "./task-models.js";

/** An order that waits rather than computes: what is left of its time is the cost of moving shards about. */
export interface WaitOrder extends ShardOrder {
  readonly kind: "wait";
  readonly milliseconds: number;
}

type AnyOrder = CandidatesOrder | EvaluationOrder | ScoresOrder | SearchOrder | WaitOrder;

/** Shards of candidates kept in memory. */
const KEPT_SHARDS = 16;

/** Computes a task's order with the code of its stage. */
export async function computeOrder(task: ShardTask, models: TaskModels): Promise<ShardProduct> {
  const order = task.order as AnyOrder;
  const done = () => undefined;
  const files = candidateFiles(task.workspace, KEPT_SHARDS);
  const pictures = pictureFiles(task.workspace);
  const source = async () =>
    journaledSource(await models.source(task), await openJournal(join(task.workspace, task.unfinished)));
  const judge = task.judge === null ? null : await models.judge(task, task.judge);
  switch (order.kind) {
    case "candidates":
      return computeCandidates(order, { source: await source(), files }, done);
    case "scores":
      return computeScores(
        order,
        {
          ...{ judge: judge as Judge, files, image: await imageOf(task, models) },
          pictures,
        },
        done,
      );
    case "search":
      return computeSearch(order, { source: await source(), judge }, done);
    case "evaluation": {
      const [image, detector] = [await imageOf(task, models), await models.detector(task)];
      const tools = { source: await source(), judge, detector, files, image, pictures };
      return computeEvaluation(order, tools, done);
    }
    case "wait":
      await new Promise((resolve) => setTimeout(resolve, order.milliseconds));
      return { candidates: [], prompts: [], data: { waited: order.milliseconds } };
  }
}

async function imageOf(task: ShardTask, models: TaskModels) {
  const decoder = await models.decoder(task);
  return (tokens: Uint16Array) => decoder.image(tokens);
}
