import { homedir, tmpdir } from "node:os";
import { resolve } from "node:path";

/** Where files of anybody lie, whoever's machine it is. */
const ANYBODYS = ["/home/[^/\\s\"']+", "/Users/[^/\\s\"']+", "[A-Za-z]:[\\\\/]+Users[\\\\/]+[^\\\\/\\s\"']+"];
/** A path goes on until something that is in no name that people give. */
const REST = "(?:[\\\\/]+[^\\s\"'<>|*?,;:()\\[\\]{}`]*)?";
/** The inside of an image in base64 has slashes as well. */
const START = "(?<![\\w+/.-])(?:file://)?";
const END = "(?![\\w-])";

/** The places of this machine: its user's folder, the temporary one, the working one, and those that are given. */
export function ownPlaces(...given: readonly string[]): readonly string[] {
  const places = [...given.map((place) => resolve(place)), process.cwd(), homedir(), tmpdir()];
  // The root of the file system is in every path.
  return [...new Set(places)]
    .filter((place) => place.length > 1)
    .sort((one, other) => other.length - one.length);
}

/** A text whose paths of this machine, or of any user's folder, are cut down to the last name of each. */
export function withoutPlaces(text: string, places: readonly string[]): string {
  const roots = places.map((place) =>
    place.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("\\\\", "\\\\+"),
  );
  const paths = new RegExp(`${START}(?:${[...roots, ...ANYBODYS].join("|")})${END}${REST}`, "g");
  // In markup a quote may end before a slash.
  const quoted = /"\/[^"\\/\n<>=]+\/[^"\\\n<>=]*"/g;
  const lastName = (path: string) => path.split(/[\\/]+/).findLast((name) => name !== "") ?? ".";
  return text
    .replace(paths, (path) => (isPlace(path, places) ? "." : lastName(path)))
    .replace(quoted, (path) => `"${lastName(path.slice(1, -1))}"`);
}

/** Which place of this machine the bytes name; those with short names are left, as they stand in any bytes. */
export function placeIn(bytes: Buffer, places: readonly string[]): string | undefined {
  return places.find((place) => place.length >= 6 && bytes.includes(`${place}/`));
}

function isPlace(path: string, places: readonly string[]): boolean {
  const bare = path.replace(/^file:\/\//, "").replace(/[\\/]+$/, "");
  return places.includes(bare) || new RegExp(`^(?:${ANYBODYS.join("|")})$`).test(bare);
}
