// Who imports whom: resolves each import of the tree to a file of it, or to the package it comes from.
import { parse } from "./syntax.ts";
import { isCode, lineAt, type Tree } from "./tree.ts";

/** One import, resolved. `target` is a path of the tree, or null when it leads outside; then `outside` is the package. */
export interface Edge {
  from: string;
  line: number;
  specifier: string;
  target: string | null;
  outside: string | null;
  /** Whether the other module is loaded with this one. */
  isLoaded: boolean;
}

/** The package that a specifier names: `@scope/name/sub` gives `@scope/name`, `node:fs` gives `node:fs`. */
export function packageOf(specifier: string): string {
  const [first = "", second = ""] = specifier.split("/");
  return specifier.startsWith("@") ? `${first}/${second}` : first;
}

function joinPath(folder: string, relative: string): string {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The faces of the workspace packages: what their name alone imports. */
const faces: Readonly<Record<string, string>> = {
  "@fairminute/core": "core/src/index.ts",
  "@fairminute/react": "react/src/index.ts",
  fairminute: "server/src/server.ts",
};

/** Every import of every program file, type imports included. */
export function findEdges(tree: Tree): Edge[] {
  const edges: Edge[] = [];
  for (const [path, text] of tree) {
    if (!isCode(path)) continue;
    const folder = path.split("/").slice(0, -1).join("/");
    for (const { specifier, start, isLoaded } of parse(path, text).imports) {
      const relative = specifier.startsWith(".");
      const clean = specifier.replace(/\?.*$/, "");
      const face = faces[clean];
      edges.push({
        from: path,
        line: lineAt(text, start),
        specifier,
        target: relative ? joinPath(folder, clean) : (face ?? null),
        outside: relative || face !== undefined ? null : packageOf(clean),
        isLoaded,
      });
    }
  }
  return edges;
}
