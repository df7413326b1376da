/** A set-up step failed; the message says what and how to cure it. */
export class SetupError extends Error {}
