import type * as Onnx from "onnxruntime-node";
import { QUIET } from "../../../scripts/setup/quiet.js";
import { CheckpointError, EspalierError } from "../../errors.js";
import { type Checkpoint, type CheckpointKind, readCheckpoint, readCheckpointFile } from "./checkpoint.js";

/** A loaded graph and the checkpoint it belongs to. */
export interface OnnxModel {
  readonly checkpoint: Checkpoint;
  readonly session: Onnx.InferenceSession;
  /** The runtime's tensor class. Tensors keep a reference to the typed array they are made from. */
  readonly Tensor: typeof Onnx.Tensor;
}

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
  const { InferenceSession, Tensor } = await loadRuntime();
  try {
    const session = await InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      logSeverityLevel: 3,
      // Several models take turns: the threads of one that still spin would take the next one's cores.
      extra: { session: { force_spinning_stop: "1" } },
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
    return { checkpoint, session, Tensor };
  } catch (cause) {
    throw new CheckpointError(`onnxruntime cannot load ${fileName} of ${folder}: ${String(cause)}`, {
      cause,
    });
  }
}

async function loadRuntime(): Promise<typeof Onnx> {
  // Read when the native library is loaded, which otherwise writes down a device id and looks up its maker's host.
  Object.assign(process.env, QUIET);
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new EspalierError(
      `onnxruntime-node cannot be loaded (${String(cause)}). Reinstall the packages: node scripts/setup.js.`,
      { cause },
    );
  }
}
