// Holds every answer of the API against the published OpenAPI document: an answer that it does not describe is a failure.
import { z } from "zod";
import type { JsonSchema, MediaType, OpenApi, Operation } from "../src/http/openapi.ts";

export interface SeenAnswer {
  method: string;
  path: string;
  status: number;
  contentType: string;
  body: unknown;
}

/** References into the named schemas, as JSON Schema has them without OpenAPI around it. */
function localise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(localise);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) =>
      name === "$ref" ? [name, String(part).replace("#/components/schemas/", "#/$defs/")] : [name, localise(part)],
    ),
  );
}

const shapesOf = new WeakMap<OpenApi, { pattern: string; shape: RegExp }[]>();

/** The addresses of a document as patterns, made once: fixed addresses go before those with a place for an id. */
function readShapes(document: OpenApi): { pattern: string; shape: RegExp }[] {
  const known = shapesOf.get(document);
  if (known !== undefined) return known;
  const patterns = Object.keys(document.paths).sort((a, b) => Number(a.includes("{")) - Number(b.includes("{")));
  const shapes = patterns.map((pattern) => ({
    pattern,
    shape: new RegExp(`^${pattern.replace(/\./g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
  }));
  shapesOf.set(document, shapes);
  return shapes;
}

/** @returns the operation that a request belongs to, or null when the document knows none */
export function findOperation(document: OpenApi, method: string, path: string): Operation | null {
  // As a client writes it on the wire: `a/../b` is `b`.
  const { pathname } = new URL(path, "http://server");
  for (const { pattern, shape } of readShapes(document)) {
    const operation = document.paths[pattern]?.[method.toLowerCase()];
    if (operation !== undefined && shape.test(pathname)) return operation;
  }
  return null;
}

/** Makes the check. @returns a function that answers what is wrong with an answer, or null */
export function createAnswerCheck(document: OpenApi): (seen: SeenAnswer) => string | null {
  const $defs = localise(document.components.schemas);
  const readers = new Map<JsonSchema, z.ZodType>();
  const readerOf = (schema: JsonSchema): z.ZodType => {
    let reader = readers.get(schema);
    if (reader === undefined) {
      reader = z.fromJSONSchema({ ...(localise(schema) as object), $defs } as Parameters<typeof z.fromJSONSchema>[0]);
      readers.set(schema, reader);
    }
    return reader;
  };

  function check(schema: JsonSchema, seen: SeenAnswer): string | null {
    const read = readerOf(schema).safeParse(seen.body);
    return read.success ? null : `${seen.method} ${seen.path} ${seen.status}: ${z.prettifyError(read.error)}`;
  }

  return (seen) => {
    const type = seen.contentType.split(";")[0]!;
    const operation = findOperation(document, seen.method, seen.path);
    const described: MediaType | undefined = operation?.responses[String(seen.status)]?.content?.[type];
    if (described !== undefined) return check(described.schema, seen);
    // Addresses and methods that no route knows are answered by the app itself.
    if (operation === null && type === "application/problem+json")
      return check({ $ref: "#/components/schemas/Problem" }, seen);
    return `${seen.method} ${seen.path} answered ${seen.status} ${type}, which the document does not describe`;
  };
}
