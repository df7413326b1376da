/**
 * The quickstart's first round with the judge as labeller: the loop where there is no detector. In the quickstart's
 * workspace the base's images and the round's candidates are read back, so that only labels, training and one row are new.
 */
import { definePipeline } from "../src/index.js";
import quickstart from "./quickstart.js";

export default definePipeline({
  ...quickstart,
  name: "judge-labelled",
  round: { ...quickstart.round, labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 } },
  rounds: 1,
  // The detector grades this row as it does the quickstart's.
  evaluation: { ...quickstart.evaluation, rows: [{ verifier: { kind: "none" } }] },
  results: null,
});
