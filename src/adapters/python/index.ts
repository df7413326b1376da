export type { EventOf, WorkerEvent, WorkerEventName } from "./events.js";
export { parseEvent } from "./events.js";
export { pythonCommand, workerCommand } from "./python-command.js";
export type { ExportRequest, ProbeRequest, TrainRequest, WorkerRequest } from "./requests.js";
export { estimateTraining, probePython, runExport, runTraining, type TrainedCheckpoint } from "./training.js";
export { runWorker, type WorkerOptions } from "./worker.js";
