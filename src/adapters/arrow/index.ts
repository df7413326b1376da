export { readAnswers, writeAnswers } from "./answer-file.js";
export type { Rows } from "./batch-file.js";
export { readCandidates, readDrawingIds, writeCandidates, writeDrawings } from "./candidate-file.js";
export { type CandidateFiles, candidateFiles } from "./candidate-files.js";
export { type CorrectionRow, writeCorrections } from "./correction-file.js";
export { writePairFolder } from "./dataset-folder.js";
export { readJudgeRows, writeJudgeRows } from "./judge-file.js";
export {
  featuresOfPairs,
  type PairShape,
  readAnyPairs,
  readPairs,
  shapeOfPair,
  writePairs,
} from "./pair-file.js";
export { type PairFiles, pairFiles } from "./pair-files.js";
export { writePictures } from "./picture-file.js";
export { arrowColumns, readArrowRows } from "./read-rows.js";
export type {
  AnswerRow,
  AnyPairRow,
  CandidateFileRow,
  GridSide,
  JudgeFileRow,
  PairFileRow,
  PairSide,
  PictureBytes,
  PictureFileRow,
  PictureSide,
  WrittenFile,
} from "./rows.js";
export { encodedSide } from "./rows.js";
export { type KnownFile, knownFile, verifyFile } from "./verify-file.js";
