import { AsyncByteQueue } from "apache-arrow";
import type { AtomicFile } from "../atomic-file.js";

/** Where an Arrow writer puts its bytes: each piece goes to the file as it is made, instead of waiting in memory. */
export class FileQueue extends AsyncByteQueue {
  constructor(private readonly output: AtomicFile) {
    super();
  }

  override write(value: Uint8Array): void {
    if (value.byteLength > 0) this.output.write(value);
  }
}
