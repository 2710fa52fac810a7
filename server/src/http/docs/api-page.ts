// The page /docs: every route, written from the OpenAPI document.
import { type ErrorCode, errorCodes } from "@fairminute/core";
import { type JsonSchema, type MediaType, type OpenApi, type Operation, resolveSchema } from "../openapi.ts";
import { codeBlock, escapeHtml, prose, writePage } from "./html.ts";

interface Listed {
  method: string;
  path: string;
  operation: Operation;
}

function listOperations(document: OpenApi): Listed[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== "head")
      .map(([method, operation]) => ({ method, path, operation })),
  );
}

/** A schema's type in a few words; named schemas are links. */
function typeOf(schema: JsonSchema): string {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1)!;
    return `<a href="#schema-${name}">${escapeHtml(name)}</a>`;
  }
  if (schema.enum) return schema.enum.map((value) => escapeHtml(String(value))).join(" | ");
  if (schema.const !== undefined) return escapeHtml(JSON.stringify(schema.const));
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${schema.items ? typeOf(schema.items) : "anything"}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object" && !schema.properties) {
    return `map of ${typeOf(schema.additionalProperties)}`;
  }
  if (schema.format === "date-time") return "time";
  return escapeHtml(Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.type ?? "anything"));
}

function rangeOf(schema: JsonSchema): string {
  const range = (from: number | undefined, to: number | undefined, unit: string): string => {
    const top = to !== undefined && to < Number.MAX_SAFE_INTEGER ? to : undefined;
    if (from !== undefined && top !== undefined) return `${from} to ${top}${unit}`;
    if (top !== undefined) return `at most ${top}${unit}`;
    return from !== undefined && from > Number.MIN_SAFE_INTEGER ? `at least ${from}${unit}` : "";
  };
  const said = [
    range(schema.minimum, schema.maximum, ""),
    range(schema.minLength, schema.maxLength, " characters"),
    range(schema.minItems, schema.maxItems, " items"),
    schema.default === undefined ? "" : `default ${JSON.stringify(schema.default)}`,
  ];
  return said.filter((part) => part !== "").join(", ");
}

function field(name: string, schema: JsonSchema, required: boolean, description: string | undefined): string {
  const must = required ? '<span class="must">required</span>' : "";
  const range = rangeOf(schema);
  const text = [description ?? schema.description ?? "", range === "" ? "" : `(${range})`]
    .filter((part) => part !== "")
    .join(" ");
  return `<dt><code>${escapeHtml(name)}</code><span class="type">${typeOf(schema)}</span> ${must}</dt><dd>${text === "" ? "" : prose(text)}</dd>`;
}

function fieldsOf(schema: JsonSchema): string {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return '<p class="small">No fields.</p>';
  return `<dl class="fields">${fields.map(([name, part]) => field(name, part, schema.required?.includes(name) ?? false, undefined)).join("")}</dl>`;
}

function bodyOf(document: OpenApi, body: MediaType | undefined): string {
  if (body === undefined) return "";
  const schema = resolveSchema(document, body.schema);
  const item = schema.type === "array" && schema.items ? resolveSchema(document, schema.items) : null;
  return `<h4>Body${item ? ` (a list of at most ${schema.maxItems})` : ""}</h4>${fieldsOf(item ?? schema)}`;
}

function curl({ method, path, operation }: Listed, body: MediaType | undefined): string {
  const lines = [
    `curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} "$FAIRMINUTE${path.replace(/\{(\w+)\}/g, "$$$1")}"`,
  ];
  if (operation.security.length > 0) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (method === "post") lines.push('-H "Idempotency-Key: $(uuidgen)"');
  if (body !== undefined)
    lines.push('-H "content-type: application/json"', `-d '${JSON.stringify(body.example).replaceAll("'", "'\\''")}'`);
  return lines.join(" \\\n  ");
}

function refusals(operation: Operation): string {
  const codes = Object.entries(operation.responses).flatMap(([status, { content }]) =>
    Object.keys(content?.["application/problem+json"]?.examples ?? {}).map(
      (code) => [status, code as ErrorCode] as const,
    ),
  );
  const items = codes.map(
    ([status, code]) =>
      `<li><span class="status">${status}</span><a href="/docs/errors#${code}">${code}</a> <span class="small">${escapeHtml(errorCodes[code].summary)}</span></li>`,
  );
  return `<details><summary>Errors (${items.length})</summary><ul class="errors">${items.join("")}</ul></details>`;
}

function article(document: OpenApi, listed: Listed): string {
  const { method, path, operation } = listed;
  const body = operation.requestBody?.content["application/json"];
  const [status, good] = Object.entries(operation.responses).find(([code]) => code.startsWith("2"))!;
  const answer = good.content?.["application/json"];
  const parameters = operation.parameters ?? [];
  const who = operation.security.length > 0 ? "A user's token, or the secret key" : "Anybody";
  return `<article id="${operation.operationId}" aria-labelledby="${operation.operationId}-name">
<h3 id="${operation.operationId}-name">${escapeHtml(operation.summary)}</h3>
<p class="address"><span class="method ${method}">${method.toUpperCase()}</span> ${escapeHtml(path)}</p>
<div class="split"><div>
${prose(operation.description)}
<p class="who">Who: ${who}.</p>
${parameters.length > 0 ? `<h4>Parameters and headers</h4><dl class="fields">${parameters.map((one) => field(one.name, one.schema, one.required ?? false, one.description ?? one.schema.description)).join("")}</dl>` : ""}
${bodyOf(document, body)}
${refusals(operation)}
</div><div>
${codeBlock("Request", curl(listed, body))}
${answer ? codeBlock(`Answer ${status}: ${good.description}`, JSON.stringify(answer.example, null, 2)) : ""}
</div></div>
</article>`;
}

function schemaDetails(name: string, schema: JsonSchema): string {
  const list = schema.type === "array" && schema.items ? `<p>A list of ${typeOf(schema.items)}.</p>` : fieldsOf(schema);
  return `<details id="schema-${name}"><summary>${escapeHtml(name)}</summary>${schema.description ? prose(schema.description) : ""}${list}</details>`;
}

/** @returns the page as HTML */
export function writeApiPage(document: OpenApi): string {
  const operations = listOperations(document);
  const chapters = document.tags.map((tag) => ({
    tag,
    own: operations.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  const contents = chapters.map(
    ({ tag, own }) =>
      `<h2>${tag.name}</h2><ul>${own.map(({ operation }) => `<li><a href="#${operation.operationId}">${escapeHtml(operation.summary)}</a></li>`).join("")}</ul>`,
  );
  const main = chapters.map(
    ({ tag, own }) =>
      `<section aria-labelledby="tag-${tag.name}"><h2 id="tag-${tag.name}">${tag.name}</h2>${prose(tag.description)}${own.map((listed) => article(document, listed)).join("")}</section>`,
  );
  const schemas = Object.entries(document.components.schemas).sort(([a], [b]) => a.localeCompare(b));
  return writePage({
    title: "Fairminute API",
    here: "/docs",
    contents: `${contents.join("\n")}\n<h2>More</h2><ul><li><a href="#schemas">Schemas</a></li></ul>`,
    main: `<h1>Fairminute API <span class="type">${escapeHtml(document.info.version)}</span></h1>
${prose(document.info.description)}
${main.join("\n")}
<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>${schemas.map(([name, schema]) => schemaDetails(name, schema)).join("\n")}</section>`,
  });
}
