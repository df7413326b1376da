import type { Material } from "../material.js";
import type { Chance } from "../random.js";
import type { Sandbox } from "../sandbox.js";

/** What the machine or somebody does to a command that is right in itself. */
export interface Fault {
  /** What is done, for people. */
  readonly what: string;
  readonly words: readonly string[];
  /** Does it to a sandbox that a command has not run in. */
  readonly prepare?: (sandbox: Sandbox) => void | Promise<void>;
  /** Ends it. */
  readonly undo?: (sandbox: Sandbox) => void;
  /** Words before the command: a program that starts it in other circumstances. */
  readonly wrap?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Exit codes that are right; 0 and 2 unless given. */
  readonly codes?: readonly number[];
  /** One of these must be part of a refusal. */
  readonly named?: readonly string[];
  /** Whether standard output comes whole, so that it can be compared with that of the undisturbed command. */
  readonly heard?: boolean;
  /** It may break off work that has begun, which the ledger remembers; done again without the fault, it must end well. */
  readonly breaksOff?: boolean;
  /** Started twice at once, or once after the other. */
  readonly twice?: "at once" | "in turn";
  /** Kills a worker of the command as soon as it has one. */
  readonly killsWorker?: boolean;
}

/** Makes the fault with number `number` of its kind; a string says why this machine cannot. */
export type FaultMaker = (chance: Chance, material: Material, number: number) => Fault | string;
