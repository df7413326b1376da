import type { Comparison } from "./compared.js";

export interface Row extends Comparison {
  /** Of the evaluation: "base", "round 2 + ORM best-of-8". */
  readonly label: string;
}

/** docs/results/second-detector.md. */
export function detectorPage(found: {
  readonly scenesSeenExactly: number;
  readonly rows: readonly Row[];
}): string {
  const lines = found.rows.map(({ label, images, agreement, kappa, first, second, tasks }) => {
    const worst = Object.entries(tasks).toSorted(([, one], [, other]) => one.agreement - other.agreement)[0];
    const least = worst === undefined ? "" : `${worst[0]} ${worst[1].agreement.toFixed(3)}`;
    const interval = `${agreement.value.toFixed(3)} (${agreement.low.toFixed(3)} to ${agreement.high.toFixed(3)})`;
    return `| ${label} | ${images} | ${first.toFixed(3)} | ${second.toFixed(3)} | ${interval} | ${kappa.toFixed(3)} | ${least} |`;
  });
  return `# The detector checked by a second one

Whoever trains on a detector's grades may learn to please it. A second detector, a small network that learned from rendered scenes alone and
shares nothing with the first ([object_detector.py](../../python/espalier_torch/pretrain/object_detector.py)), grades images of evaluations again, by the same
rules. It sees ${found.scenesSeenExactly.toFixed(3)} of scenes that it was not trained on exactly as they are. Made by \`scripts/studies/second-detector.ts\`, whose head has the commands; agreement is the mean of
the tasks', with a 95% interval clustered by prompt.

| evaluation | images | score by the first | by the second | agreement | kappa | least agreement |
|---|---|---|---|---|---|---|
${lines.join("\n")}

[The images on which they disagree](second-detector.png).
`;
}
