// The OpenAPI 3.1 document, written from the routes' own schemas.
import fastifySwagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { Config } from "../config.ts";
import type { Route } from "./route.ts";
import { exampleProblem } from "./schemas/problem.ts";
import { refusalsByStatus } from "./serve.ts";

/** The parts of an OpenAPI document that we read and write ourselves. */
export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> };
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, { description: string; content?: Record<string, MediaType> }>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface MediaType {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

/** As much of JSON Schema as zod writes. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  default?: unknown;
  examples?: unknown[];
  additionalProperties?: boolean | JsonSchema;
}

const tags = [
  { name: "Calls", description: "A call from the ring to the receipt." },
  { name: "Creators", description: "Who can be called, and what they ask for." },
  { name: "Wallet", description: "What a user has." },
  { name: "Providers", description: "Calls that run at LiveKit, at Stream or on your own WebRTC server." },
  { name: "Matchmaking", description: "A queue that brings two people together." },
  { name: "Study", description: "Who studied when and for how long." },
  { name: "Chain", description: "Calls that are paid from an escrow on a chain, and the wallets of their people." },
  { name: "Operator", description: "With the secret key only: what needs a human eye." },
  { name: "Server", description: "The server itself." },
  { name: "Sandbox", description: "Only with FAIRMINUTE_MODE=sandbox: free tokens, free coins, a clock that moves." },
];

const description = `Exact charging for live video calls. Amounts are whole coins, times are ISO 8601, ids are opaque.

Every POST takes an \`Idempotency-Key\`: the same key and body get the same answer, and have one effect. Every error is an
\`application/problem+json\` with a \`code\`; all codes are explained at /docs/errors. Unknown fields are refused.`;

const headers: Record<"key" | "user", Parameter> = {
  key: {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description:
      "Makes the request safe to repeat: same key and body, same answer, one effect. Answers are kept for three days.",
    schema: { type: "string", minLength: 1, maxLength: 255, examples: ["9b2f6c1e-5d0a-4a57-8f3e-0c1d2e3f4a5b"] },
  },
  user: {
    name: "Fairminute-User",
    in: "header",
    required: false,
    description: "With the secret key only: the user that the backend acts for. Without it, it acts as the operator.",
    schema: { type: "string", minLength: 1, maxLength: 128, examples: ["leo"] },
  },
};

/** Follows a reference into the named schemas. */
export function resolveSchema(document: OpenApi, schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...more } = schema;
  return { ...document.components.schemas[$ref.replace("#/components/schemas/", "")], ...more };
}

/**
 * A value that a schema allows: the schema's own example, or one put together from those of its parts.
 * Fields that need not be there are left out unless they bring an example.
 */
export function exampleOf(document: OpenApi, given: JsonSchema): unknown {
  const schema = resolveSchema(document, given);
  const own = schema.examples?.[0];
  if (own !== undefined) return own;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf)
    return schema.anyOf.some(({ type }) => type === "null") ? null : exampleOf(document, schema.anyOf[0]!);
  if (schema.properties) {
    const { properties, required = [] } = schema;
    const shown = Object.entries(properties).filter(
      ([name, part]) => required.includes(name) || resolveSchema(document, part).examples,
    );
    return Object.fromEntries(shown.map(([name, part]) => [name, exampleOf(document, part)]));
  }
  return plainExample(document, schema);
}

function plainExample(document: OpenApi, schema: JsonSchema): unknown {
  if (Array.isArray(schema.type))
    return schema.type.includes("null") ? null : plainExample(document, { ...schema, type: schema.type[0]! });
  switch (schema.type) {
    case "array":
      return schema.items ? [exampleOf(document, schema.items)] : [];
    case "boolean":
      return false;
    case "integer":
    case "number":
      return schema.minimum !== undefined && schema.minimum > 0 ? schema.minimum : 0;
    case "string":
      return schema.format === "date-time" ? "2026-03-01T12:00:00.000Z" : "…";
    default:
      return {};
  }
}

/** Adds what schemas cannot say: headers, and an example for every body and every refusal. */
function complete(document: OpenApi, routes: readonly Route[]): OpenApi {
  for (const route of routes) {
    const operation = document.paths[route.url.replace(/:(\w+)/g, "{$1}")]?.[route.method.toLowerCase()];
    if (operation === undefined) continue;
    const key = { ...headers.key, required: route.needsKey === true };
    const more = [...(route.method === "POST" ? [key] : []), ...(route.who === "caller" ? [headers.user] : [])];
    if (more.length > 0) operation.parameters = [...(operation.parameters ?? []), ...more];
    for (const body of Object.values(operation.requestBody?.content ?? {}))
      body.example = exampleOf(document, body.schema);
    for (const body of Object.values(operation.responses[String(route.status ?? 200)]?.content ?? {})) {
      const example = exampleOf(document, body.schema) as { call?: object };
      body.example = route.shownCall ? { ...example, call: { ...example.call, ...route.shownCall } } : example;
    }
    for (const [status, codes] of refusalsByStatus(route)) {
      for (const body of Object.values(operation.responses[String(status)]?.content ?? {})) {
        body.examples = Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code) }]));
      }
    }
  }
  return document;
}

/**
 * Makes the app collect its routes for the document. Register before the routes.
 * @param version of the server
 */
export function addOpenApi(app: FastifyInstance, config: Config, version: string): void {
  app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Fairminute", version, description, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
      servers: [{ url: config.publicUrl ?? "/" }],
      tags: tags.filter(
        ({ name }) => (name !== "Sandbox" || config.mode === "sandbox") && (name !== "Chain" || config.chain !== null),
      ),
      components: {
        securitySchemes: {
          userToken: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description: "A user's token: sub is the user's id.",
          },
          secretKey: {
            type: "http",
            scheme: "bearer",
            description: "The backend's secret key, fm_live_sk_… or fm_test_sk_…",
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}

/** @returns the function that gives the finished document, written once */
export function openApiOf(app: FastifyInstance, routes: readonly Route[]): () => OpenApi {
  let document: OpenApi | undefined;
  return () => {
    document ??= complete(structuredClone(app.swagger()) as unknown as OpenApi, routes);
    return document;
  };
}
