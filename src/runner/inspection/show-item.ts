import { type CandidateFiles, candidateFiles } from "../../adapters/arrow/index.js";
import { type ContactSheet, type ContactSheetCell, decodeImage } from "../../adapters/images/index.js";
import {
  type LocatedCandidate,
  type LocatedPicture,
  openStore,
  type Store,
} from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import { workspacePaths } from "../../paths.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Candidate } from "../../records/candidate.js";
import { closingAfter } from "../../records/closing.js";
import type { Prompt } from "../../records/prompt.js";
import type { ImageDecoder } from "../../records/seams.js";
import { findCandidate } from "../../stages/sampling/wanted-candidates.js";
import { modelsOf, withFamily } from "../models/with-family.js";
import { workspaceTokenizer } from "../models/workspace-tokenizer.js";
import type { RunOptions } from "../run/run-options.js";

/** A candidate, pair or prompt as a contact sheet, with what the ledger knows of it. */
export interface ShownItem {
  readonly kind: "candidate" | "pair" | "prompt";
  readonly id: string;
  readonly prompt: Prompt;
  /** How many there are: a sheet of a prompt shows the first of them. */
  readonly all: number;
  /** Candidates on the sheet, in its order. */
  readonly candidates: readonly ShownCandidate[];
  readonly sheet: ContactSheet;
}

export interface ShownCandidate {
  readonly id: string;
  readonly seed: number | null;
  readonly checkpoint: string;
  /** "chosen", "rejected" or empty. */
  readonly role: string;
  /** What each judge said of it, latest step last. */
  readonly verdicts: readonly { readonly judge: string; readonly question: string; readonly said: string }[];
}

/** Images of one prompt that a sheet holds at most. */
const MOST_IMAGES = 64;

/**
 * Finds a candidate, pair or prompt by id or its first digits and decodes its images.
 * Throws StoreError when the workspace has none of that id.
 */
export async function showItem(
  id: string,
  options: Pick<RunOptions, "workspace" | "family" | "models">,
): Promise<ShownItem> {
  const store = openStore(workspacePaths(options.workspace), { readOnly: true });
  try {
    const found = findItem(store, id);
    if (found.members.length === 0) {
      throw new StoreError(
        `${found.kind} ${found.id} has no candidates to draw. espalier generate samples some for a prompt.`,
      );
    }
    const { length: all } = found.members;
    const shown = found.members.slice(0, MOST_IMAGES).map((member) => shownCandidate(store, member));
    const cells = await drawnCandidates(store, shown, options);
    const columns = Math.min(8, Math.max(2, Math.ceil(Math.sqrt(cells.length))));
    const sheet = {
      title: `${found.kind} ${found.id}: ${found.prompt.text}`,
      cells,
      columns,
      scale: scaleOf(cells),
    };
    return { kind: found.kind, id: found.id, prompt: found.prompt, all, candidates: shown, sheet };
  } finally {
    store.close();
  }
}

/** A cell of a contact sheet for each candidate, decoded by the tokenizer that the workspace names. */
export async function drawnCandidates(
  store: Store,
  shown: readonly ShownCandidate[],
  options: Pick<RunOptions, "workspace" | "family" | "models">,
): Promise<ContactSheetCell[]> {
  const { models = BUNDLED_MODELS } = options;
  const files = candidateFiles(store.workspace.root);
  const isPicture = ({ id }: ShownCandidate) => store.candidates.find(id)?.picture !== undefined;
  // Pictures need no model to be seen.
  if (shown.every(isPicture)) return Promise.all(shown.map((one) => pictureCell(one, store)));
  return withFamily(options, modelsOf(store), async (family) => {
    const tokenizer = await workspaceTokenizer({ store, models, outside: family.outside });
    const decoder = await family.openDecoder(tokenizer.folder);
    return closingAfter(
      () =>
        Promise.all(
          shown.map((one) =>
            isPicture(one) ? pictureCell(one, store) : cellOf(one, { store, files, decoder }),
          ),
        ),
      () => [decoder],
    );
  });
}

/** Small images are enlarged to about 192 pixels. */
function scaleOf([first]: readonly ContactSheetCell[]): number {
  return Math.max(1, Math.round(192 / (first?.image.width ?? 192)));
}

interface Member {
  readonly candidateId: string;
  readonly role: string;
}

interface Found {
  readonly kind: ShownItem["kind"];
  readonly id: string;
  readonly prompt: Prompt;
  readonly members: readonly Member[];
}

function findItem(store: Store, id: string): Found {
  const candidate = store.candidates.find(id);
  if (candidate !== undefined) {
    const prompt = store.prompts.find(candidate.promptId) as Prompt;
    return {
      kind: "candidate",
      id: candidate.id,
      prompt,
      members: [{ candidateId: candidate.id, role: "" }],
    };
  }
  const pair = store.pairs.find(id);
  if (pair !== undefined) {
    const members = [
      { candidateId: pair.chosenId, role: "chosen" },
      { candidateId: pair.rejectedId, role: "rejected" },
    ];
    return { kind: "pair", id: pair.id, prompt: store.prompts.find(pair.promptId) as Prompt, members };
  }
  const prompt = store.prompts.find(id);
  if (prompt === undefined) {
    throw new StoreError(
      `Nothing called "${id}" in ${store.workspace.root}: expected the id of a candidate, pair or prompt, or its first digits.`,
    );
  }
  const members = [...store.candidates.ofPrompt(prompt.id)];
  return {
    kind: "prompt",
    id: prompt.id,
    prompt,
    members: members.map(({ id }) => ({ candidateId: id, role: "" })),
  };
}

/** A candidate with all that was said of it. */
export function shownCandidate(store: Store, { candidateId, role }: Member): ShownCandidate {
  const { id, seed, checkpoint } = store.candidates.find(candidateId) as LocatedCandidate;
  const verdicts = store.verdicts.ofCandidate(id).map(({ judge, question, verdict }) => {
    const said = verdict.kind === "scored" ? verdict.score.toFixed(3) : verdict.kind;
    return { judge, question, said };
  });
  return { id, seed, checkpoint, role, verdicts };
}

/** Longest side of a picture on a sheet. */
const SIDE = 256;

async function pictureCell(shown: ShownCandidate, store: Store): Promise<ContactSheetCell> {
  const { picture } = store.candidates.find(shown.id) as LocatedPicture;
  const small = await pictureFiles(store.workspace.root).thumbnail(picture, SIDE);
  return { image: await decodeImage(small), ...wordsOf(shown) };
}

async function cellOf(
  shown: ShownCandidate,
  { store, files, decoder }: { store: Store; files: CandidateFiles; decoder: ImageDecoder },
): Promise<ContactSheetCell> {
  const { tokens } = (await findCandidate(store, files, shown.id)) as Candidate;
  return { image: await decoder.image(tokens).pixels(), ...wordsOf(shown) };
}

function wordsOf({ id, seed, role, verdicts, checkpoint }: ShownCandidate) {
  const said = verdicts.map(
    ({ judge, said }) => `${judge.startsWith("geneval:") ? "detector" : "judge"} ${said}`,
  );
  return {
    label: [role, seed === null ? "" : `seed ${seed}`].filter((part) => part !== "").join(", "),
    caption: [id.slice(0, 10), `checkpoint ${checkpoint.slice(0, 8)}`, ...said].join("\n"),
  };
}
