import type * as Onnx from "onnxruntime-node";
import { CheckpointError, EspalierError } from "../../errors.js";
import { IS_CLONE } from "../../machine/layout.js";
import { findOnnxRuntime } from "../../machine/onnx-runtime.js";
import { QUIET } from "../../machine/quiet.js";
import { type BundledRecord, type CheckpointKind, CURE } from "../checkpoint-record.js";
import { readCheckpoint, readCheckpointFile } from "./checkpoint.js";
import { graphComplaint } from "./graph-shapes.js";

/** A loaded graph and the checkpoint it belongs to. */
export interface OnnxModel {
  readonly checkpoint: BundledRecord;
  readonly session: Session;
  /** The runtime's tensor class. Tensors keep a reference to the typed array they are made from. */
  readonly Tensor: typeof Onnx.Tensor;
}

type Session = Pick<Onnx.InferenceSession, "run" | "release" | "inputNames">;

export interface ModelOptions {
  /** Threads within one operation; the runtime takes one a core when absent. */
  readonly threads?: number;
}

/**
 * Loads `fileName` of a checkpoint folder for the CPU. onnxruntime-node itself is loaded on the first call.
 * Throws CheckpointError when the folder, its checkpoint.json or the file is not as it should be.
 */
export async function openModel(
  folder: string,
  kind: CheckpointKind,
  fileName: string,
  { threads }: ModelOptions = {},
): Promise<OnnxModel> {
  const checkpoint = readCheckpoint(folder, kind);
  const bytes = readCheckpointFile(folder, checkpoint, fileName);
  const runtime = await loadRuntime();
  const session = await startSession(runtime, bytes, threads).catch((cause: unknown) => {
    throw new CheckpointError(`onnxruntime cannot load ${fileName} of ${folder}: ${String(cause)}`, {
      cause,
    });
  });
  const complaint = graphComplaint(session, checkpoint, fileName);
  if (complaint === undefined) {
    const told = explaining(session, checkpoint, `${fileName} of ${folder}`);
    return { checkpoint, session: told, Tensor: runtime.Tensor };
  }
  await session.release();
  throw new CheckpointError(
    `${fileName} of ${folder} is not the ${kind} that its checkpoint.json describes: ${complaint}. ${CURE}`,
  );
}

function startSession(
  { InferenceSession }: typeof Onnx,
  bytes: Uint8Array,
  threads: number | undefined,
): Promise<Onnx.InferenceSession> {
  return InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    logSeverityLevel: 3,
    // Several models take turns: the threads of one that still spin would take the next one's cores.
    extra: { session: { force_spinning_stop: "1" } },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  });
}

/** What the runtime cannot compute is not our fault: numbers of checkpoint.json that are not the graph's. */
function explaining(session: Onnx.InferenceSession, { config }: BundledRecord, graph: string): Session {
  const run = async (...given: Parameters<Session["run"]>) => {
    try {
      return await session.run(...given);
    } catch (cause) {
      throw new CheckpointError(
        `${graph} cannot compute with what checkpoint.json says (${JSON.stringify(config)}): ${String(cause)}. ${CURE}`,
        { cause },
      );
    }
  };
  return { run: run as Session["run"], release: () => session.release(), inputNames: session.inputNames };
}

async function loadRuntime(): Promise<typeof Onnx> {
  // Read when the native library is loaded, which otherwise writes down a device id and looks up its maker's host.
  Object.assign(process.env, QUIET);
  const found = findOnnxRuntime();
  if (found === undefined) {
    throw new EspalierError(
      "The ONNX runtime, in which the bundled models run, is not on this machine yet. Run npx espalier setup, which fetches it.",
    );
  }
  try {
    return await import(found);
  } catch (cause) {
    const cure = IS_CLONE ? "node scripts/setup.js" : "npx espalier setup";
    throw new EspalierError(
      `onnxruntime-node cannot be loaded (${String(cause)}). Install it again: ${cure}.`,
      { cause },
    );
  }
}
