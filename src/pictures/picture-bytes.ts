import type { PictureBytes } from "../adapters/arrow/index.js";
import type { Store } from "../adapters/store/index.js";
import { pictureFiles } from "./picture-files.js";

/** Reads the bytes of pictures from where the ledger knows them to be; from `path` where it does not know them. */
export function pictureBytes({ workspace, pictures }: Store): PictureBytes {
  const files = pictureFiles(workspace.root);
  return (sha256, path) => files.bytes(pictures.find(sha256) ?? { sha256, place: path });
}
