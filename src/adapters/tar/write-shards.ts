import { packTar } from "modern-tar";
import { type AtomicFile, openAtomicFile } from "../atomic-file.js";

/** A file of a sample: its name in the archive, and what is in it. */
export interface Member {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Two blocks of zeros end an archive (POSIX.1-2017, pax, "ustar Interchange Format"). */
const END = new Uint8Array(1024);

/**
 * Streams samples into tar files, another one whenever `mostBytes` are reached; the members of a sample stay together, and only one
 * is in memory. `fileOf` names the files, from 0. Returns how many there are. The same samples give the same bytes.
 */
export async function writeTarShards(
  fileOf: (shard: number) => string,
  samples: AsyncIterable<readonly Member[]>,
  mostBytes: number,
): Promise<number> {
  let shards = 0;
  let open: { readonly file: AtomicFile; bytes: number } | undefined;
  const end = () => {
    open?.file.write(END);
    open?.file.commit();
    open = undefined;
  };
  try {
    for await (const members of samples) {
      const packed = await packedMembers(members);
      if (open !== undefined && open.bytes + packed.length > mostBytes) end();
      open ??= { file: openAtomicFile(fileOf(shards++)), bytes: 0 };
      open.file.write(packed);
      open.bytes += packed.length;
    }
    end();
    return shards;
  } catch (error) {
    open?.file.discard();
    throw error;
  }
}

async function packedMembers(members: readonly Member[]): Promise<Uint8Array> {
  const archive = await packTar(
    members.map(({ name, bytes }) => ({
      header: { name, size: bytes.length, mtime: new Date(0), mode: 0o644 },
      body: bytes,
    })),
  );
  return archive.subarray(0, -END.length);
}
