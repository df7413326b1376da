import { evaluateImage } from "../geneval/evaluate.js";
import { reasonsOf } from "../geneval/reasons.js";
import type { Detection } from "../records/detection.js";
import type { PromptMetadata } from "../records/prompt.js";
import { reasonFlags } from "../records/reasons.js";
import { pixelCentre } from "../scenes/drawing/render.js";
import type { Scene } from "../scenes/drawing/scene.js";

/** Half of an object's box in pixels. */
const RADIUS = 11;

/** Why a caption is false of a scene by GenEval's rules, as bits, the first reason lowest; 0 when it is true. */
export function sceneReasonBits(caption: PromptMetadata, scene: Scene): number {
  const { faults } = evaluateImage(detectionsOf(scene), caption);
  return reasonFlags(reasonsOf(faults)).reduce((bits, flag, index) => bits | (flag << index), 0);
}

/** What a detector that makes no mistakes sees. */
export function detectionsOf({ objects }: Scene): Detection[] {
  return objects.map(({ shape, color, column, row }) => {
    const [x, y] = [pixelCentre(column), pixelCentre(row)];
    return { class: shape, color, score: 1, box: [x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS] };
  });
}
