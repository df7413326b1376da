import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { hashDistance, hashOfHex, looksOf, perceptualHash } from "../../src/adapters/images/index.js";
import { pictureFiles } from "../../src/pictures/picture-files.js";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-pictures-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

/** A gradient of any size, with a block in one corner. */
async function drawn(width: number, height: number, format: "png" | "jpeg" | "webp"): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return x < width / 3 && y < height / 3 ? 250 : Math.floor((200 * x) / width) + (at % 3) * 20;
  });
  return sharp(data, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

function placed(bytes: Uint8Array, name = "a.png") {
  const place = join(root, name);
  writeFileSync(place, bytes);
  return { place, sha256: createHash("sha256").update(bytes).digest("hex") };
}

test("bytes come as they lie, and pixels as they are shown", async () => {
  const bytes = await drawn(90, 40, "png");
  const turned = await sharp(bytes).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const files = pictureFiles(root);
  const image = files.image(placed(turned, "a.jpg"));
  expect(Buffer.from(await image.encoded()).equals(turned)).toBe(true);
  expect(await image.pixels()).toMatchObject({ width: 40, height: 90 });
  expect(image).not.toHaveProperty("tokens");
});

test("a picture that has changed, or is gone, is told where it is read", async () => {
  const files = pictureFiles(root);
  const picture = placed(await drawn(20, 20, "webp"));
  writeFileSync(picture.place, await drawn(21, 20, "webp"));
  await expect(files.bytes(picture)).rejects.toThrow(
    /a\.png .* has changed since it was imported: expected sha256/,
  );
  rmSync(picture.place);
  await expect(files.image(picture).pixels()).rejects.toThrow(
    /cannot be read \(ENOENT\)\. Bring the file back/,
  );
  await expect(files.bytes({ place: "../x", sha256: picture.sha256 })).rejects.toThrow(/leaves its folder/);
});

test("copied bytes are kept once, unchanged, under their hash", async () => {
  const files = pictureFiles(root);
  const bytes = await drawn(33, 17, "jpeg");
  const { sha256 } = placed(bytes);
  const place = `pictures/${sha256}`;
  for (let time = 0; time < 2; time++) files.keep(sha256, bytes);
  expect(readFileSync(files.path({ sha256, place })).equals(bytes)).toBe(true);
  expect(readdirSync(join(root, "pictures"))).toHaveLength(1);
  files.forget(sha256);
  expect([existsSync(join(root, "pictures")), existsSync(root)]).toEqual([false, true]);
});

test("a thumbnail is made once, is small, and comes again after its cache was deleted", async () => {
  const files = pictureFiles(root);
  const picture = placed(await drawn(800, 400, "png"));
  const small = await files.thumbnail(picture, 128);
  expect(await sharp(small).metadata()).toMatchObject({ format: "jpeg", width: 128, height: 64 });
  rmSync(picture.place);
  expect(Buffer.from(await files.thumbnail(picture, 128)).equals(small)).toBe(true);
  expect(existsSync(join(root, "cache", "thumbnails"))).toBe(true);
  rmSync(join(root, "cache"), { recursive: true });
  await expect(files.thumbnail(picture, 128)).rejects.toThrow(/cannot be read/);
});

test("pictures that look alike have near hashes at any size and in any encoding, others do not", async () => {
  const [png, jpeg, large] = [
    await drawn(300, 200, "png"),
    await drawn(300, 200, "jpeg"),
    await drawn(900, 600, "webp"),
  ];
  const other = await sharp(png).negate().png().toBuffer();
  const [first, ...rest] = await Promise.all(
    [png, jpeg, large, other].map(async (bytes) => hashOfHex(await looksOf(bytes))),
  );
  const distances = rest.map((hash) => hashDistance(first as Uint8Array, hash));
  expect(distances[0]).toBeLessThanOrEqual(6);
  expect(distances[1]).toBeLessThanOrEqual(6);
  expect(distances[2]).toBeGreaterThan(30);
  const whole = perceptualHash(await pictureFiles(root).image(placed(png)).pixels());
  expect(hashDistance(first as Uint8Array, whole)).toBeLessThanOrEqual(6);
});

test("a picture that is cut short has no looks", async () => {
  const bytes = await drawn(300, 200, "jpeg");
  await expect(looksOf(bytes.subarray(0, bytes.length - 200))).rejects.toThrow(/cannot be decoded/);
});
