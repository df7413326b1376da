export { readCandidates, writeCandidates } from "./candidate-file.js";
export { type CandidateFiles, candidateFiles } from "./candidate-files.js";
export { readPairFolder, writePairFolder } from "./dataset-folder.js";
export { readPairs, writePairs } from "./pair-file.js";
export { type PairFiles, pairFiles } from "./pair-files.js";
export type { CandidateFileRow, PairFileRow, PairSide, WrittenFile } from "./rows.js";
export type { Rows } from "./table-file.js";
export { verifyFile } from "./verify-file.js";
