// What was found so far, one file a plant, outside of git: a run that is interrupted goes on where it stopped.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A plant's name as the name of a file. */
const fileOf = (folder, { name }) => join(folder, `${name.replace(/[^a-z0-9]+/gi, "-").toLowerCase()}.json`);

/**
 * @param folder where results are kept; made when something is kept
 * @param fingerprintOf of a plant as it stands now: a result with another one is of other sources
 */
export function openKept(folder, fingerprintOf) {
  return {
    /** @returns what is known of the plant: `found` (null: nothing found it), or null when nothing is known of it as it stands */
    read(plant) {
      try {
        const kept = JSON.parse(readFileSync(fileOf(folder, plant), "utf8"));
        return kept.fingerprint === fingerprintOf(plant) ? kept : null;
      } catch {
        return null;
      }
    },
    write(plant, result) {
      mkdirSync(folder, { recursive: true });
      const file = fileOf(folder, plant);
      // Written beside it first: a run that is killed leaves no half a result.
      writeFileSync(`${file}.new`, `${JSON.stringify({ ...result, fingerprint: fingerprintOf(plant) }, null, 1)}\n`);
      renameSync(`${file}.new`, file);
    },
    forget: (plant) => rmSync(fileOf(folder, plant), { force: true }),
  };
}
