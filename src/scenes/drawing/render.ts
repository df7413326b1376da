import type { Pixels } from "../../records/image.js";
import type { Color } from "../language/vocabulary.js";
import { createRandom, type Random } from "../random.js";
import { type Scene, type SceneObject, SIDE, TOKEN_SIDE } from "./scene.js";
import { signedDistance } from "./shapes.js";

/** The colours as drawn, RGB 0..255. */
export const PALETTE: Record<Color, readonly [number, number, number]> = {
  red: [220, 40, 40],
  orange: [245, 145, 30],
  yellow: [240, 225, 50],
  green: [40, 160, 60],
  blue: [40, 80, 220],
  purple: [135, 50, 170],
  pink: [250, 150, 190],
  brown: [125, 75, 35],
  black: [20, 20, 20],
  white: [245, 245, 245],
};

const NOISE_DEVIATION = 1.5;
const COLOR_JITTER = 2;
const ROTATION = 0.05;
const RADIUS: readonly [number, number] = [11, 11.8];

/** Draws a scene: anti-aliased objects on a plain background with pixel noise. The seed decides every pixel. */
export function renderScene(scene: Scene, seed: number): Pixels {
  const random = createRandom(seed);
  const canvas = new Float32Array(SIDE * SIDE * 3).fill(scene.background);
  for (const object of scene.objects) drawObject(canvas, object, random);
  return { width: SIDE, height: SIDE, data: withNoise(canvas, random) };
}

function drawObject(canvas: Float32Array, object: SceneObject, random: Random): void {
  const ink = PALETTE[object.color].map((level) => level + random.uniform(-COLOR_JITTER, COLOR_JITTER));
  const radius = random.uniform(...RADIUS);
  const angle = random.uniform(-ROTATION, ROTATION);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [centreX, centreY] = [pixelCentre(object.column), pixelCentre(object.row)];
  const reach = Math.ceil(radius) + 1;
  const [left, top] = [Math.max(0, centreX - reach), Math.max(0, centreY - reach)];
  const [right, bottom] = [Math.min(SIDE, centreX + reach), Math.min(SIDE, centreY + reach)];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const [x, y] = [column + 0.5 - centreX, row + 0.5 - centreY];
      const distance = signedDistance(object.shape, x * cosine + y * sine, y * cosine - x * sine, radius);
      const coverage = Math.min(1, Math.max(0, 0.5 - distance));
      if (coverage > 0) blend(canvas, (row * SIDE + column) * 3, ink, coverage);
    }
  }
}

/** Pixel coordinate of the centre of a token place. */
export function pixelCentre(place: number): number {
  return place * TOKEN_SIDE + TOKEN_SIDE / 2;
}

function blend(canvas: Float32Array, at: number, ink: readonly number[], coverage: number): void {
  for (let channel = 0; channel < 3; channel++) {
    const under = canvas[at + channel] as number;
    canvas[at + channel] = under + coverage * ((ink[channel] as number) - under);
  }
}

function withNoise(canvas: Float32Array, random: Random): Uint8Array {
  const data = new Uint8Array(canvas.length);
  let state = random.bits();
  for (let index = 0; index < canvas.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = NOISE[state >>> 20] as number;
    data[index] = Math.min(255, Math.max(0, Math.round((canvas[index] as number) + noise)));
  }
  return data;
}

/** 4,096 normal deviates, so that noise costs a look-up. */
const NOISE = Float32Array.from({ length: 4096 }, (_, index) => {
  const random = createRandom(index + 0x5ce7e);
  const length = Math.sqrt(-2 * Math.log(1 - random.uniform(0, 1)));
  return NOISE_DEVIATION * length * Math.cos(2 * Math.PI * random.uniform(0, 1));
});
