// The program as Node is given it: what was built, or the sources.
import { join } from "node:path";

/**
 * What comes before a command's own arguments.
 * @param {string} folder of the workspace
 * @param {boolean} isBuilt whether the build is used; else the sources are, which take some seconds more each time
 * @returns {string[]}
 */
export function programArguments(folder, isBuilt) {
  return isBuilt
    ? [join(folder, "server/dist/cli.js")]
    : ["--conditions=development", "--import", "tsx", join(folder, "server/src/cli.ts")];
}
