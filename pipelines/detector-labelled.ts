/**
 * The quickstart's first round as in the paper, with the detector as labeller: what the judge's mistakes cost. In the quickstart's
 * workspace the base's images and the round's candidates are read back, so that only labels, training and one row are new.
 */
import { definePipeline } from "../src/index.js";
import quickstart from "./quickstart.js";

export default definePipeline({
  ...quickstart,
  name: "detector-labelled",
  round: { ...quickstart.round, labels: { by: "detector" } },
  rounds: 1,
  evaluation: { ...quickstart.evaluation, rows: [{ verifier: { kind: "none" } }] },
  results: null,
});
