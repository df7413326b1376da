/**
 * Generation, judging and training on the graphics card that is there, in at most six minutes: sizes by what the card has,
 * random weights, the released code's way beside ours. Prints a table; the last line is one JSON object. Without a card
 * it runs small models, which shows that it works.
 *
 *   npm run bench:gpu -- [--device cpu|cuda] [--budget SECONDS]
 */
import "../explain-faults.js";
import { runModule } from "./python-module.js";

runModule("espalier_torch.benchmark.gpu");
