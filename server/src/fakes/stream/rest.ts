// The fake's API: Stream's REST paths, the server's token checked as Stream checks it, and every trouble that it can make.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ApiWorld, type RecordedRequest, type RestAnswer, restError } from "./answers.ts";
import { readToken } from "./jwt.ts";
import type { Message } from "./messages.ts";
import { routes } from "./routes.ts";

const bodyMaxBytes = 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= bodyMaxBytes) chunks.push(chunk as Buffer);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    return typeof body === "object" && body !== null ? (body as Message) : {};
  } catch {
    return {};
  }
}

/** Only a server may ask for any of this: its token says so, and is signed by the app's secret. */
function refuseCaller(world: ApiWorld, request: IncomingMessage, url: URL): RestAnswer | null {
  if (url.searchParams.get("api_key") !== world.keys.apiKey) return restError(401, 2, "api_key not valid");
  const { authorization } = request.headers;
  const claims = authorization === undefined ? null : readToken(world.keys.secretKey, authorization, world.trueNow());
  if (claims === null) return restError(401, 43, "Token signature is invalid");
  if (request.headers["stream-auth-type"] !== "jwt" || claims.server !== true) {
    return restError(403, 17, "this needs a server's token");
  }
  return null;
}

function find(world: ApiWorld, method: string, url: URL, body: Message): RestAnswer | null {
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(url.pathname) : null;
    if (match === null) continue;
    const [, type = "", id = "", more = ""] = match.map((part) => decodeURIComponent(part ?? ""));
    world.state.sweep();
    return route.answer(world, { type, id, more, query: url.searchParams, body });
  }
  return null;
}

async function troubled(world: ApiWorld, response: ServerResponse): Promise<RestAnswer | "silence" | null> {
  const { troubles } = world;
  if (troubles.apiSlowMs > 0) await world.sleep(troubles.apiSlowMs);
  if (troubles.apiDown) return "silence";
  if (troubles.apiFails) return restError(500, -1, "internal error");
  if (troubles.apiLimited) return restError(429, 9, "Too many requests");
  if (!troubles.apiNonsense) return null;
  response.writeHead(200, { "content-type": "text/html" }).end("<html><body>maintenance</body></html>");
  return "silence";
}

/** Answers one request, or cuts it off. */
export async function answerRequest(
  world: ApiWorld,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  const body = await readBody(request);
  const record: RecordedRequest = { method: request.method ?? "", path: url.pathname, body, status: null };
  world.requests.push(record);
  const trouble = await troubled(world, response);
  if (trouble === "silence") {
    if (!response.writableEnded) request.socket.destroy();
    return;
  }
  const answer = trouble ?? refuseCaller(world, request, url) ?? find(world, record.method, url, body);
  record.status = answer?.status ?? 404;
  // An address that does not exist is answered by the router in front of the API, and not in its shape.
  if (answer === null) response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found");
  else response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
}
