// The repository as the house rules see it: every kept file by its path, and what kind of file a path is.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Path from the root with `/`, to text. Rules take a tree and never the disk, so that a test can give them a small one. */
export type Tree = ReadonlyMap<string, string>;

/** One breach of a rule: where, and what to do about it. */
export interface Finding {
  path: string;
  /** Counted from 1; 0 when the whole file is meant. */
  line: number;
  says: string;
}

const generated = new Set(["node_modules", "dist", ".git", ".fairminute", ".test-output", "coverage"]);

/** Files under version control or about to be; without git (an unpacked archive) everything that is not generated. */
function listPaths(root: string): string[] {
  try {
    const answer = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 26,
    });
    const paths = answer.split("\0").filter((path) => path !== "");
    if (paths.length > 0) return paths;
  } catch {
    // No git, or no repository: the walk below sees the same files.
  }
  return walkFolder(root, "");
}

function walkFolder(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return generated.has(entry.name) ? [] : walkFolder(root, path);
    return entry.isFile() && !/\.(tsbuildinfo|log)$/.test(path) ? [path] : [];
  });
}

/** Reads the repository at `root`. Files that hold a zero byte are pictures and the like, and are left out. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  for (const path of listPaths(root)) {
    // A file that git knows and somebody has just deleted is gone, not wrong.
    if (!statSync(join(root, path), { throwIfNoEntry: false })?.isFile()) continue;
    const text = readFileSync(join(root, path), "utf8");
    if (!text.includes("\0")) tree.set(path, text);
  }
  return tree;
}

/** A tree of a few files, for the tests of the rules. */
export function treeOf(files: Record<string, string>): Tree {
  return new Map(Object.entries(files));
}

/** A program text: TypeScript or plain modules, in any folder. */
export function isCode(path: string): boolean {
  return /\.(ts|tsx|mts|js|mjs)$/.test(path);
}

/** A test, a conformance suite, or something that only tests import: it may reach across floors, nobody may import it. */
export function isTest(path: string): boolean {
  return /\.(test|case|e2e)\.(ts|tsx|mjs)$/.test(path) || /^(e2e|[a-z]+\/test)\//.test(path);
}

/** Code that ships: the sources of a package without their tests. */
export function isSource(path: string): boolean {
  return isCode(path) && !isTest(path) && /^(core|server|react|web)\/src\//.test(path);
}

/** The 1-based line of a position in a text. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < position; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
