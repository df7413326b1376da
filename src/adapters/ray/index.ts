export { type RayJob, type RayJobs, type RayJobsOptions, rayJobs } from "./jobs-api.js";
export { JournalReader, JournalWriter } from "./journal.js";
