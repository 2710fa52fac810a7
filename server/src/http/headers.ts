// What every answer carries beside its body: the request's id, the rules for browsers, and CORS where it is switched on.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config.ts";

const DAY_SECONDS = 86_400;
const hostPattern = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** The host the client asked for, or null when it is not one that may stand in a header. */
export function readHost(request: FastifyRequest): string | null {
  const { host } = request.headers;
  return host !== undefined && hostPattern.test(host) ? host : null;
}

let lastPolicy: { host: string | null; livekitUrl: string | null; policy: string } | undefined;

/** Nearly all requests ask for the same host. */
function policyOf(host: string | null, livekitUrl: string | null): string {
  if (lastPolicy?.host !== host || lastPolicy.livekitUrl !== livekitUrl)
    lastPolicy = { host, livekitUrl, policy: contentPolicy(host, livekitUrl) };
  return lastPolicy.policy;
}

/** Where the call screen connects when LiveKit carries the call. LiveKit's cloud sends browsers on to hosts near them. */
function livekitSources(livekitUrl: string | null): string {
  if (livekitUrl === null) return "";
  const { protocol, host } = new URL(livekitUrl);
  const secure = protocol === "wss:" || protocol === "https:" ? "s" : "";
  const hosts = host.endsWith(".livekit.cloud") ? [host, "*.livekit.cloud"] : [host];
  return hosts.map((one) => ` ws${secure}://${one} http${secure}://${one}`).join("");
}

/** Not every browser counts sockets of the page's own host as 'self'. */
function contentPolicy(host: string | null, livekitUrl: string | null): string {
  const own = host === null ? "" : ` ws://${host} wss://${host}`;
  const sockets = `${own}${livekitSources(livekitUrl)}`;
  return [
    "default-src 'self'",
    `connect-src 'self'${sockets}`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob: mediastream:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function setSecurityHeaders(config: Config, request: FastifyRequest, reply: FastifyReply): void {
  reply.header("content-security-policy", policyOf(readHost(request), config.livekit?.url ?? null));
  reply.header("x-content-type-options", "nosniff");
  reply.header("referrer-policy", "no-referrer");
  reply.header("cross-origin-opener-policy", "same-origin");
  reply.header("permissions-policy", "camera=(self), microphone=(self), geolocation=(), payment=()");
  if (config.publicUrl?.startsWith("https:")) reply.header("strict-transport-security", `max-age=${180 * DAY_SECONDS}`);
  // Answers of the API are about one person and one moment.
  if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
}

/** @returns whether the request was a preflight, which is now answered */
function answerCors(origins: readonly string[], request: FastifyRequest, reply: FastifyReply): boolean {
  if (origins.length === 0) return false;
  reply.header("vary", "Origin");
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  reply.header("access-control-allow-origin", origin);
  reply.header("access-control-expose-headers", "x-request-id, idempotency-replayed, www-authenticate, retry-after");
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false;
  reply.header("access-control-allow-methods", "GET, POST, PUT");
  reply.header(
    "access-control-allow-headers",
    "authorization, content-type, fairminute-user, idempotency-key, x-request-id",
  );
  reply.header("access-control-max-age", "600");
  reply.code(204).send();
  return true;
}

/** Puts the headers on every answer, errors included. */
export function addHeaders(app: FastifyInstance, config: Config): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    setSecurityHeaders(config, request, reply);
    if (!answerCors(config.corsOrigins, request, reply)) done();
  });
}
