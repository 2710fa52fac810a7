// Parses program text with the parser that Vite brings (TypeScript 7 has no interface of its own) and walks the result.
import { parseSync } from "vite";

/** A node of the syntax tree: ESTree with TypeScript's additions. Only what a rule asks for is named here. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface Comment {
  type: "Line" | "Block";
  value: string;
  start: number;
  end: number;
}

/** One place where a file names another module, whether for values or for types only. */
export interface Import {
  specifier: string;
  start: number;
  /** Whether the other module is loaded with this one: not for types, and not for what asks for it later. */
  isLoaded: boolean;
}

export interface Syntax {
  program: Node;
  comments: Comment[];
  imports: Import[];
}

const parsed = new Map<string, { text: string; syntax: Syntax }>();

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

/** The direct children of a node, in the order of the text. */
function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const [field, value] of Object.entries(node)) {
    if (field === "parent") continue;
    if (Array.isArray(value)) children.push(...value.filter(isNode));
    else if (isNode(value)) children.push(value);
  }
  return children;
}

/** Calls `visit` for a node and everything below it, with the node's ancestors (nearest last). */
export function walk(node: Node, visit: (node: Node, ancestors: readonly Node[]) => void): void {
  const ancestors: Node[] = [];
  const descend = (current: Node): void => {
    visit(current, ancestors);
    ancestors.push(current);
    for (const child of childrenOf(current)) descend(child);
    ancestors.pop();
  };
  descend(node);
}

function textOf(value: unknown): string | null {
  return isNode(value) && value.type === "Literal" && typeof value.value === "string" ? value.value : null;
}

function isLoaded({ type, importKind, exportKind, specifiers }: Node): boolean {
  if (!/^(ImportDeclaration|Export(All|Named)Declaration)$/.test(type)) return false;
  if (importKind === "type" || exportKind === "type") return false;
  const names = Array.isArray(specifiers) ? specifiers.filter(isNode) : [];
  return names.length === 0 || names.some((name) => name.importKind !== "type" && name.exportKind !== "type");
}

/** Static imports, re-exports, `import("…")` as a value and as a type. */
function findImports(program: Node): Import[] {
  const found: Import[] = [];
  walk(program, (node) => {
    const named = /^(ImportDeclaration|ExportAllDeclaration|ExportNamedDeclaration|ImportExpression|TSImportType)$/;
    if (!named.test(node.type)) return;
    const argument =
      isNode(node.argument) && node.argument.type === "TSLiteralType" ? node.argument.literal : node.argument;
    const specifier = textOf(node.source) ?? textOf(argument);
    if (specifier !== null) found.push({ specifier, start: node.start, isLoaded: isLoaded(node) });
  });
  return found;
}

/** Parses a file, once for the same text. Throws when the text is no program: then no rule can say anything about it. */
export function parse(path: string, text: string): Syntax {
  const known = parsed.get(path);
  if (known?.text === text) return known.syntax;
  const result = parseSync(path, text);
  if (result.errors.length > 0) throw new Error(`${path}: ${result.errors[0]?.message}`);
  const program = result.program as unknown as Node;
  const syntax = { program, comments: result.comments as Comment[], imports: findImports(program) };
  parsed.set(path, { text, syntax });
  return syntax;
}

/** The name that a node gives or uses, when it is a plain identifier or a private one. */
export function nameOf(value: unknown): string | null {
  if (!isNode(value) || !/^(Identifier|PrivateIdentifier|JSXIdentifier)$/.test(value.type)) return null;
  return typeof value.name === "string" ? value.name : null;
}
