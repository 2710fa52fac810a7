// Reads the branches of a verb from its test file and draws them as a tree, as they stand on the verb's page.

export interface Branch {
  title: string;
  branches: Branch[];
}

/** The titles of a test file by their nesting, which the formatter keeps as indentation. */
export function readBranches(text: string): Branch[] {
  const roots: Branch[] = [];
  const path: { depth: number; branch: Branch }[] = [];
  for (const match of text.matchAll(/^( *)(?:describe|it)\(\s*"((?:[^"\\]|\\.)+)"/gm)) {
    const depth = (match[1] ?? "").length;
    const branch: Branch = { title: match[2] ?? "", branches: [] };
    while (path.length > 0 && (path.at(-1)?.depth ?? 0) >= depth) path.pop();
    (path.at(-1)?.branch.branches ?? roots).push(branch);
    path.push({ depth, branch });
  }
  return roots;
}

function drawBelow(branches: readonly Branch[], margin: string): string[] {
  return branches.flatMap(({ title, branches: below }, index) => {
    const isLast = index === branches.length - 1;
    return [
      `${margin}${isLast ? "└── " : "├── "}${title}`,
      ...drawBelow(below, `${margin}${isLast ? "    " : "│   "}`),
    ];
  });
}

/** The tree as text. */
export function drawBranches(roots: readonly Branch[]): string {
  return roots.map(({ title, branches }) => [title, ...drawBelow(branches, "")].join("\n")).join("\n\n");
}
