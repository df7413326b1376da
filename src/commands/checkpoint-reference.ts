/** How a checkpoint is named on the command line. Names on the Hub are for pipelines whose models are released ones. */
export const CHECKPOINT_REFERENCE = "a name, id or folder; of released models also OWNER/NAME on the Hub";
