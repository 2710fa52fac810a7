// The program as tests start it, in a process of its own.
import { fileURLToPath } from "node:url";

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * What Node is given before the arguments: the built program when the build is of these sources, as it is in `npm test`; else the
 * sources, which take some seconds more each time.
 */
export const program: readonly string[] =
  process.env.FAIRMINUTE_TEST_PROGRAM === "built"
    ? [pathOf("../dist/cli.js")]
    : ["--conditions=development", "--import", "tsx", pathOf("../src/cli.ts")];
