import { asc, eq } from "drizzle-orm";
import type { Ledger } from "../ledger.js";
import type { ArtifactRow } from "../rows.js";
import { artifacts } from "../schema.js";

export interface ArtifactStore {
  add(artifact: ArtifactRow): void;
  list(stageId: string): ArtifactRow[];
}

export function artifactStore(ledger: Ledger): ArtifactStore {
  const { orm } = ledger;
  return {
    add: (artifact) =>
      ledger.write(() => {
        const target = [artifacts.stageId, artifacts.file];
        orm.insert(artifacts).values(artifact).onConflictDoUpdate({ target, set: artifact }).run();
      }),
    list: (stageId) =>
      orm.select().from(artifacts).where(eq(artifacts.stageId, stageId)).orderBy(asc(artifacts.file)).all(),
  };
}
