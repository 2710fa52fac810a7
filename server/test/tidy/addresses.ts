// Nothing kept here belongs to one machine or fetches from a place that an install does not name: no private paths, no download addresses.
import { findHoles } from "../../../scripts/complete-lockfile.mjs";
import { type Finding, lineAt, type Tree } from "./tree.ts";

/** Folders that exist on somebody's own machine only. */
const privatePath =
  /(?<![\w.])\/(work\/(main|shared)|home\/[a-z]\w*|Users\/\w+|root\/[\w.]|tmp\/fm\b)|[A-Z]:\\Users\\/g;

/** Hosts and endings from which programs are fetched. What is needed comes from the lock file or the system's own packages. */
const download = new RegExp(
  [
    "registry\\.(npmjs|yarnpkg)\\.\\w+|npmmirror\\.com|unpkg\\.com|jsdelivr\\.net|cdnjs\\.|esm\\.sh",
    "github\\.com/[^\\s\"')]+/releases/download|raw\\.githubusercontent\\.com|storage\\.googleapis\\.com",
    "https?://[^\\s\"'`)]+\\.(tgz|tar\\.gz|tar\\.xz|zip|deb|dmg|exe|whl|wasm)\\b",
  ].join("|"),
  "g",
);

function findAll(path: string, text: string, pattern: RegExp, what: string): Finding[] {
  const matches = [...text.matchAll(pattern)];
  return matches.map((match) => ({ path, line: lineAt(text, match.index), says: `${what}: ${match[0]}` }));
}

/** Private paths and download addresses in any kept file. The rule's own text spells them in pieces. */
export function checkAddresses(tree: Tree): Finding[] {
  return [...tree].flatMap(([path, text]) => [
    ...findAll(path, text, privatePath, "a path of one machine"),
    ...findAll(path, text, download, "a download address"),
  ]);
}

/** Holes in the lock file (see scripts/complete-lockfile.mjs): with them `npm ci` fails for everybody else. */
export function checkLock(tree: Tree): Finding[] {
  const text = tree.get("package-lock.json");
  if (text === undefined) return [{ path: "package-lock.json", line: 0, says: "is missing" }];
  const { holes, unclear } = findHoles(JSON.parse(text));
  const names = [...holes.map(([path]) => path), ...unclear];
  return names.map((name) => ({
    path: "package-lock.json",
    line: 0,
    says: `does not list ${name}: run node scripts/complete-lockfile.mjs`,
  }));
}
