export {
  type Hub,
  type HubOptions,
  openHub,
  type Repository,
  type RepositoryType,
  repositoryName,
} from "./hub.js";
export type { Patience } from "./patient-fetch.js";
export { type Pulled, type PullOptions, pullBundle } from "./pull.js";
export { type Pushed, type PushOptions, pushBundle } from "./push.js";
