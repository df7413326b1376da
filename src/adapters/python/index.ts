export { DetectingWorker } from "./detecting.js";
export { DrawingWorker, type PathHolder } from "./drawing.js";
export type { EventOf, WorkerEvent, WorkerEventName } from "./events.js";
export { parseEvent } from "./events.js";
export { runOwnTrainer } from "./own-trainer.js";
export { pythonCommand, workerCommand, workerEnvironment } from "./python-command.js";
export type {
  ExportRequest,
  JudgeTrainRequest,
  ProbeRequest,
  TrainRequest,
  WorkerRequest,
} from "./requests.js";
export { decodeArray, encodeArrays, type StoredArray } from "./safetensors.js";
export type { DetectorOpened, Opened } from "./serve-events.js";
export { parseServeEvent, serveEventSchema } from "./serve-events.js";
export type {
  IdentifyRequest,
  OpenDetectorRequest,
  OpenDrawerRequest,
  OpenJudgeRequest,
  OpenRequest,
} from "./serve-requests.js";
export { ServingWorker } from "./serving.js";
export {
  checkPython,
  checkTrained,
  estimateTraining,
  probePython,
  runExport,
  runJudgeTraining,
  runTraining,
  type TrainedCheckpoint,
} from "./training.js";
export type { ServingOptions } from "./watched-worker.js";
export { type Restart, runWorker, type WorkerOptions } from "./worker.js";
