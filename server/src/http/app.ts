// The HTTP app as a function of what it needs: Fastify with our limits, our errors and our routes.
import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import Fastify, { type FastifyHttpOptions, type FastifyInstance, LogController } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import { createRemembering } from "../people/users.ts";
import { createAuthenticator } from "./auth.ts";
import type { AppDeps } from "./deps.ts";
import { toProblem, writeProblem } from "./errors.ts";
import { addHeaders } from "./headers.ts";
import { createIdempotency, type Idempotency } from "./idempotency.ts";
import { addOpenApi, openApiOf } from "./openapi.ts";
import { serveDocs, serveRest, watchRoutes } from "./pages.ts";
import type { Route } from "./route.ts";
import { callListRoutes } from "./routes/call-lists.ts";
import { callReadingRoutes } from "./routes/call-reading.ts";
import { callRoutes } from "./routes/calls.ts";
import { chainRoutes } from "./routes/chain.ts";
import { creatorRoutes } from "./routes/creators.ts";
import { livekitRoutes } from "./routes/livekit.ts";
import { matchmakingRoutes } from "./routes/matchmaking.ts";
import { operatorRoutes } from "./routes/operator.ts";
import { penaltyRoutes } from "./routes/penalties.ts";
import { presetRoutes } from "./routes/presets.ts";
import { registeredCallRoutes } from "./routes/registered-calls.ts";
import { sandboxRoutes } from "./routes/sandbox.ts";
import { sandboxChainRoutes } from "./routes/sandbox-chain.ts";
import { serverRoutes } from "./routes/server.ts";
import { streamRoutes } from "./routes/stream.ts";
import { studyRoutes } from "./routes/study.ts";
import { walletRoutes } from "./routes/wallet.ts";
import { walletMovementRoutes } from "./routes/wallet-movements.ts";
import { walletLinkRoutes } from "./routes/wallets.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { webrtcServerRoutes } from "./routes/webrtc-server.ts";
import { problemType, sendProblem, serveRoutes, writerOf } from "./serve.ts";
import { createTokenReader } from "./token.ts";
import { describeWebhooks, openWebhookDoor } from "./webhook-door.ts";

export type { AppDeps, Join } from "./deps.ts";

const BODY_MAX_BYTES = 64 * 1024;
/** A whole request must arrive within this, its headers within that; who is slower holds a socket for nothing. */
const REQUEST_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Node looks for late requests only this often; its default of 30 s would triple both limits. */
const CHECKING_INTERVAL_MS = 5000;
/** What is under way when the server closes gets so long. Node stops looking for late requests then, so nobody else would end them. */
const CLOSE_GRACE_MS = 5000;
const PARAM_MAX_LENGTH = 256;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Every route of this mode. The sandbox's do not exist in production. */
export function routesOf(deps: AppDeps): Route[] {
  return [
    ...callRoutes(deps),
    ...callListRoutes(deps),
    ...callReadingRoutes(deps),
    ...creatorRoutes(deps),
    ...walletRoutes(deps),
    ...walletMovementRoutes(deps),
    ...chainRoutes(deps),
    ...walletLinkRoutes(deps),
    ...registeredCallRoutes(deps),
    ...webhookRoutes(deps),
    ...livekitRoutes(deps),
    ...streamRoutes(deps),
    ...webrtcServerRoutes(deps),
    ...matchmakingRoutes(deps),
    ...penaltyRoutes(deps),
    ...operatorRoutes(deps),
    ...studyRoutes(deps),
    ...serverRoutes(deps),
    ...presetRoutes(deps),
    ...(deps.config.mode === "sandbox" ? [...sandboxRoutes(deps), ...sandboxChainRoutes(deps)] : []),
  ];
}

function optionsOf(deps: AppDeps): FastifyHttpOptions<Server> {
  const newRequestId = (): string => deps.ids.next("req");
  return {
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECKING_INTERVAL_MS },
    routerOptions: { maxParamLength: PARAM_MAX_LENGTH },
    requestIdHeader: false,
    genReqId(request) {
      const given = request.headers["x-request-id"];
      return typeof given === "string" && REQUEST_ID.test(given) ? given : newRequestId();
    },
    frameworkErrors(error, request, reply) {
      reply.header("x-request-id", request.id);
      sendProblem(reply, toProblem(error, request.id));
    },
    clientErrorHandler(error, socket) {
      // Bytes that are no HTTP at all, or that came too late: there is no request and no reply to speak through.
      if ((error as NodeJS.ErrnoException).code === "ECONNRESET" || !socket.writable) return void socket.destroy();
      const problem = {
        ...toProblem({ code: "FST_ERR_BAD_URL" }, newRequestId()),
        message: "The request is not valid HTTP, or came too slowly.",
      };
      const text = writeProblem(problem);
      socket.end(
        `HTTP/1.1 400 Bad Request\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      );
    },
    logger: deps.logStream === undefined ? false : { level: deps.config.logLevel, stream: deps.logStream },
    // One line a request is for those who look for something.
    logController: new LogController({
      disableRequestLogging: deps.config.logLevel !== "debug" && deps.config.logLevel !== "trace",
    }),
  };
}

/** JSON and nothing else; a body that is left out is allowed here and judged by the route. */
function readJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parse(request, body as string, done);
  });
}

const FORGET_EVERY_MS = 3_600_000;

/** Old answers are forgotten hourly while the server runs. A round that fails is made up for by the next. */
function forgetInTime(app: FastifyInstance, idempotency: Idempotency): void {
  let timer: NodeJS.Timeout | undefined;
  app.addHook("onReady", async () => {
    timer = setInterval(() => {
      idempotency.forget().catch((err) => app.log.warn({ err }, "old answers could not be forgotten"));
    }, FORGET_EVERY_MS).unref();
  });
  app.addHook("onClose", async () => clearInterval(timer));
}

/** A client that never finishes its request must not keep the server from closing. */
function closeInTime(app: FastifyInstance): void {
  app.addHook("preClose", async () => {
    const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
    app.server.once("close", () => clearTimeout(timer));
  });
}

/**
 * Makes the app. It listens nowhere: `app.inject` calls it, `app.listen` opens a port.
 * @param deps everything it needs
 */
export function createApp(deps: AppDeps): FastifyInstance {
  const app = Fastify(optionsOf(deps));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(({ schema }) => writerOf(schema));
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error, request.id);
    if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, "a request failed");
    return sendProblem(reply, problem);
  });
  readJsonOnly(app);
  closeInTime(app);
  addHeaders(app, deps.config);
  const { refreshClock } = deps;
  app.decorateRequest("clockRead");
  // Somebody moves the clock through one server and asks the next one at once: it must not answer from the past. A database
  // that is away is the route's matter; health, pages and files need none and do not wait for one.
  if (refreshClock !== undefined) {
    app.addHook("onRequest", (request, _reply, done) => {
      if (request.url.startsWith("/api/")) request.clockRead = refreshClock().catch(() => {});
      done();
    });
    // Meanwhile the caller was asked for and the body read.
    app.addHook("preHandler", async ({ clockRead }) => clockRead);
  }
  const patterns = watchRoutes(app);
  addOpenApi(app, deps.config, version);

  const routes = routesOf(deps);
  const authenticate = createAuthenticator({
    secretKey: deps.config.secretKey,
    readToken: createTokenReader(deps.config, deps.realNow ?? (() => new Date())),
    remember: createRemembering(deps.db, deps.charging.knowName),
  });
  const idempotency = createIdempotency(deps.db, async (ms) => void (await wait(ms)));
  forgetInTime(app, idempotency);
  // After the collector of OpenAPI: it sees only what is registered later.
  app.after(() => {
    serveRoutes(app, routes, { authenticate, idempotency });
    openWebhookDoor(app, deps.webhooks);
    const readDocument = openApiOf(app, routes);
    serveDocs(app, () => describeWebhooks(readDocument()));
    serveRest(app, deps.webDir, patterns);
  });
  return app;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Settles when this server has taken over how far the sandbox's clock was moved before the request. */
    clockRead: Promise<void> | undefined;
  }
}
