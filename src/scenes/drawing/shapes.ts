import type { Shape } from "../language/vocabulary.js";

/** A closed outline in units of the radius, y down, as [x, y] corners. */
type Outline = readonly (readonly [number, number])[];

const CIRCLE_RADIUS = 0.9;
const RING_MIDDLE = 0.69;
const RING_HALF_WIDTH = 0.21;

/**
 * Signed distance in pixels from a point to the outline of a shape: negative inside.
 * @param x, y offset from the object's centre in pixels, already turned back by its rotation
 * @param radius 11 to 11.8 px in scenes
 */
export function signedDistance(shape: Shape, x: number, y: number, radius: number): number {
  if (shape === "circle") return Math.hypot(x, y) - CIRCLE_RADIUS * radius;
  if (shape === "ring") return Math.abs(Math.hypot(x, y) - RING_MIDDLE * radius) - RING_HALF_WIDTH * radius;
  return distanceToOutline(OUTLINES[shape], x / radius, y / radius) * radius;
}

const OUTLINES: Record<Exclude<Shape, "circle" | "ring">, Float64Array> = {
  square: flat(box(0.78, 0.78)),
  diamond: flat([
    [0, -1],
    [0.78, 0],
    [0, 1],
    [-0.78, 0],
  ]),
  triangle: flat([
    [0, -0.9],
    [0.98, 0.8],
    [-0.98, 0.8],
  ]),
  cross: flat(crossOutline(0.92, 0.3)),
  star: flat(starOutline(1.02, 0.42)),
  heart: flat(heartOutline(40)),
};

function box(halfWidth: number, halfHeight: number): Outline {
  return [
    [-halfWidth, -halfHeight],
    [halfWidth, -halfHeight],
    [halfWidth, halfHeight],
    [-halfWidth, halfHeight],
  ];
}

function crossOutline(reach: number, half: number): Outline {
  const quarter: Outline = [
    [-half, -reach],
    [half, -reach],
    [half, -half],
  ];
  const turns = [0, 1, 2, 3].map((turn) => (turn * Math.PI) / 2);
  return turns.flatMap((turn) => quarter.map((corner) => turned(corner, turn)));
}

function starOutline(outer: number, inner: number): Outline {
  return Array.from({ length: 10 }, (_, corner) => {
    const angle = (corner * Math.PI) / 5;
    const reach = corner % 2 === 0 ? outer : inner;
    return [reach * Math.sin(angle), 0.06 - reach * Math.cos(angle)] as const;
  });
}

/** The heart curve x = 16 sin^3 t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, scaled to the radius. */
function heartOutline(corners: number): Outline {
  return Array.from({ length: corners }, (_, corner) => {
    const angle = (corner * 2 * Math.PI) / corners;
    const x = 16 * Math.sin(angle) ** 3;
    const y = 13 * Math.cos(angle) - 5 * Math.cos(2 * angle) - 2 * Math.cos(3 * angle) - Math.cos(4 * angle);
    return [x * 0.058, -(y + 2.5) * 0.062] as const;
  });
}

function turned([x, y]: readonly [number, number], angle: number): readonly [number, number] {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [x * cosine - y * sine, x * sine + y * cosine];
}

function flat(outline: Outline): Float64Array {
  return Float64Array.from(outline.flat());
}

/** Distance to the nearest edge, negative when an odd number of edges lies to the right of the point. */
function distanceToOutline(corners: Float64Array, x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  let fromX = corners[corners.length - 2] as number;
  let fromY = corners[corners.length - 1] as number;
  for (let index = 0; index < corners.length; index += 2) {
    const toX = corners[index] as number;
    const toY = corners[index + 1] as number;
    const [edgeX, edgeY, pointX, pointY] = [toX - fromX, toY - fromY, x - fromX, y - fromY];
    const share = (pointX * edgeX + pointY * edgeY) / (edgeX * edgeX + edgeY * edgeY);
    const clamped = Math.min(1, Math.max(0, share));
    const [offX, offY] = [pointX - edgeX * clamped, pointY - edgeY * clamped];
    const squared = offX * offX + offY * offY;
    if (squared < nearest) nearest = squared;
    if (fromY > y !== toY > y && x < fromX + (edgeX * pointY) / edgeY) inside = !inside;
    fromX = toX;
    fromY = toY;
  }
  return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
}
