// A user's own token at Stream: for themselves, and only where Stream is set up.
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { openWorld, type World } from "../../test/world.ts";
import { streamKeys } from "../webhooks/stage.case.ts";

const [kind] = databaseKinds;

describe("GET /api/stream/token", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(kind as (typeof databaseKinds)[number], { ...streamKeys });
  });
  afterAll(() => world.close());

  it("is the caller's own, for an hour, and opens no call by itself", async () => {
    const leo = world.as("leo");
    const { status, body } = await leo.get("/api/stream/token");
    expect([status, body]).toMatchObject([200, { apiKey: streamKeys.STREAM_API_KEY, userId: "leo" }]);
    const claims = decodeJwt(body.token as string);
    expect(Object.keys(claims).sort()).toEqual(["exp", "iat", "user_id"]);
    expect([claims.user_id, (claims.exp ?? 0) - (claims.iat ?? 0)]).toEqual(["leo", 3600]);
    expect((body as { expiresAt?: unknown }).expiresAt).toBe(new Date((claims.exp ?? 0) * 1000).toISOString());
  });

  it("is nobody's where nobody asks for themselves, or where there is no Stream", async () => {
    expect((await world.backend().get("/api/stream/token")).status).toBeGreaterThanOrEqual(400);
    const bare = await openWorld(kind as (typeof databaseKinds)[number]);
    const { status, body } = await bare.as("leo").get("/api/stream/token");
    expect([status, body.code]).toEqual([503, "provider_not_configured"]);
    await bare.close();
  });
});
