export { commitOfFolder, type Part, repositoryFolder } from "./cache.js";
export { type HubEnvironment, hubEnvironment } from "./environment.js";
export {
  type Hub,
  type HubOptions,
  openHub,
  type Repository,
  type RepositoryType,
  repositoryName,
} from "./hub.js";
export { type ModelName, modelName, readModelName } from "./model-name.js";
export { cachedModel, type ModelRequest, resolveModel } from "./models.js";
export type { Patience } from "./patient-fetch.js";
export { type Pulled, type PullOptions, pullBundle } from "./pull.js";
export { type Pushed, type PushOptions, pushBundle } from "./push.js";
