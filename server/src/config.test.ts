// Settings: the defaults, what each one takes, and how everything that is wrong is said at once.
import { shippedPresets } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig, readDatabaseConfig, sandboxJwtSecret, sandboxSecretKey } from "./config.ts";

const production = {
  FAIRMINUTE_MODE: "production",
  DATABASE_URL: "postgres://user:password@db.example.com/fairminute",
  FAIRMINUTE_JWT_SECRET: "a secret of at least thirty-two characters",
  FAIRMINUTE_SECRET_KEY: `fm_live_sk_${"k".repeat(48)}`,
};

/** The message of a refusal, or null when the settings are taken. */
function refusal(env: Record<string, string>): string | null {
  try {
    readConfig(env);
    return null;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

describe("readConfig", () => {
  it("needs nothing to be a sandbox on this machine", () => {
    const { presets, ...config } = readConfig({});
    expect(presets).toBe(shippedPresets);
    expect(config).toMatchInlineSnapshot(`
      {
        "callsAtOnce": null,
        "chain": null,
        "corsOrigins": [],
        "dataDir": ".fairminute",
        "databaseUrl": undefined,
        "host": "127.0.0.1",
        "jwksUrl": null,
        "jwtAudience": null,
        "jwtIssuer": null,
        "jwtSecret": "fairminute-sandbox-jwt-secret-not-for-production",
        "lanes": 2,
        "livekit": null,
        "logLevel": "warn",
        "looksPerSecond": 20,
        "mode": "sandbox",
        "port": 4000,
        "presetProviders": {},
        "provider": "webrtc",
        "publicUrl": null,
        "secretKey": "fm_test_sk_sandbox_not_for_production",
        "stream": null,
        "stunUrls": [],
        "turnSecret": null,
        "turnUrls": [],
        "unknownCalls": [
          {
            "preset": "match",
            "provider": "stream",
            "type": null,
          },
        ],
        "webhookDays": 30,
        "webrtcSecret": null,
      }
    `);
  });

  it("production listens to everybody and has no default secret", () => {
    const config = readConfig(production);
    expect([config.mode, config.host, config.logLevel]).toEqual(["production", "0.0.0.0", "info"]);
    expect(
      readConfig({ ...production, FAIRMINUTE_JWT_SECRET: "", FAIRMINUTE_JWKS_URL: "https://id.example.com/jwks" })
        .jwtSecret,
    ).toBeNull();
  });

  it("production without its settings names all of them at once", () => {
    expect(refusal({ FAIRMINUTE_MODE: "production" })).toMatchInlineSnapshot(`
      "Fairminute cannot start: 3 settings are wrong.
        DATABASE_URL is missing.
          Production needs a PostgreSQL server: DATABASE_URL=postgres://user:password@host:5432/fairminute
        FAIRMINUTE_JWT_SECRET is missing, and so is FAIRMINUTE_JWKS_URL.
          Set one of them, so that users' tokens can be checked: openssl rand -base64 48
        FAIRMINUTE_SECRET_KEY is missing.
          Make one: echo "fm_live_sk_$(openssl rand -hex 24)""
    `);
  });

  it("production refuses what everybody knows", () => {
    const message = refusal({
      ...production,
      DATABASE_URL: "memory:",
      FAIRMINUTE_JWT_SECRET: sandboxJwtSecret,
      FAIRMINUTE_SECRET_KEY: sandboxSecretKey,
    });
    expect(message).toMatch(/DATABASE_URL is memory:/);
    expect(message).toMatch(/FAIRMINUTE_JWT_SECRET is the sandbox's/);
    expect(message).toMatch(/FAIRMINUTE_SECRET_KEY does not begin with fm_live_sk_/);
  });

  it("lists everything that is wrong, with a hint for each", () => {
    const env = {
      PORT: "70000",
      FAIRMINUTE_MODE: "prod",
      DATABASE_URL: "mysql://x",
      FAIRMINUTE_JWT_SECRET: "short",
      FAIRMINUTE_JWKS_URL: "http://id.example.com/jwks",
      FAIRMINUTE_SECRET_KEY: "key",
      FAIRMINUTE_STUN_URLS: "stun.example.com",
      FAIRMINUTE_TURN_URLS: "turn:turn.example.com",
      FAIRMINUTE_PUBLIC_URL: "calls.example.com",
      FAIRMINUTE_CORS_ORIGINS: "https://a.example.com,https://b.example.com/",
      FAIRMINUTE_LANES: "0",
      FAIRMINUTE_LOG_LEVEL: "loud",
      FAIRMINUTE_JWT_ISUER: "x",
    };
    expect(refusal(env)).toMatchInlineSnapshot(`
      "Fairminute cannot start: 13 settings are wrong.
        FAIRMINUTE_MODE is "prod".
          Choose one of: sandbox, production.
        PORT is "70000".
          Give a whole number from 0 to 65535, or leave it out for 4000.
        DATABASE_URL is neither a postgres:// address nor memory:.
          Leave it out to use the embedded database.
        FAIRMINUTE_JWT_SECRET has 5 characters.
          Give at least 32: openssl rand -base64 48
        FAIRMINUTE_JWKS_URL is not an https:// address.
          Keys fetched in the clear can be exchanged on the way.
        FAIRMINUTE_SECRET_KEY does not look like fm_test_sk_….
          Make one: echo "fm_test_sk_$(openssl rand -hex 24)"
        FAIRMINUTE_STUN_URLS has "stun.example.com".
          Give a comma list such as stun:stun.example.com:3478.
        FAIRMINUTE_TURN_SECRET is missing while FAIRMINUTE_TURN_URLS is set.
          Give the static-auth-secret of your coturn server; short-lived credentials are made from it.
        FAIRMINUTE_PUBLIC_URL is "calls.example.com".
          Give the address browsers use: https://calls.example.com
        FAIRMINUTE_CORS_ORIGINS has "https://b.example.com/".
          Give origins only, separated by commas: https://app.example.com (no path, no slash at the end, no *).
        FAIRMINUTE_LANES is "0".
          Give a whole number from 1 to 64, or leave it out for 2.
        FAIRMINUTE_LOG_LEVEL is "loud".
          Choose one of: fatal, error, warn, info, debug, trace, silent.
        FAIRMINUTE_JWT_ISUER is not a setting.
          Did you mean FAIRMINUTE_JWT_ISSUER?"
    `);
  });

  it("NODE_ENV=production alone is no decision", () => {
    expect(refusal({ NODE_ENV: "production" })).toMatch(/FAIRMINUTE_MODE is not set while NODE_ENV is production/);
    expect(refusal({ NODE_ENV: "production", FAIRMINUTE_MODE: "sandbox" })).toBeNull();
  });

  it("never says a secret", () => {
    const message = refusal({
      ...production,
      FAIRMINUTE_JWT_SECRET: "hunter2",
      FAIRMINUTE_SECRET_KEY: "hunter3",
      DATABASE_URL: "mysql://hunter4@x",
    });
    expect(message).not.toMatch(/hunter/);
  });

  const taken: [name: string, value: string, field: string, read: unknown][] = [
    ["PORT", "0", "port", 0],
    ["PORT", " 8080 ", "port", 8080],
    ["PORT", "", "port", 4000],
    ["DATABASE_URL", "memory:", "databaseUrl", "memory:"],
    ["DATABASE_URL", "postgresql:///fairminute", "databaseUrl", "postgresql:///fairminute"],
    ["FAIRMINUTE_JWKS_URL", "http://127.0.0.1:9000/jwks", "jwksUrl", "http://127.0.0.1:9000/jwks"],
    ["FAIRMINUTE_STUN_URLS", "stun:a:3478, stuns:b", "stunUrls", ["stun:a:3478", "stuns:b"]],
    ["FAIRMINUTE_PUBLIC_URL", "https://calls.example.com/", "publicUrl", "https://calls.example.com"],
    [
      "FAIRMINUTE_CORS_ORIGINS",
      "https://a.example.com, http://localhost:5173",
      "corsOrigins",
      ["https://a.example.com", "http://localhost:5173"],
    ],
    ["FAIRMINUTE_LANES", "8", "lanes", 8],
    ["FAIRMINUTE_CALLS_AT_ONCE", "1", "callsAtOnce", 1],
    ["FAIRMINUTE_LOOKS_PER_SECOND", "200", "looksPerSecond", 200],
    ["FAIRMINUTE_LOG_LEVEL", "silent", "logLevel", "silent"],
    ["FAIRMINUTE_SOMETHING_ELSE", "x", "mode", "sandbox"],
  ];
  it.each(taken)("%s=%s", (name, value, field, read) => {
    expect(readConfig({ [name]: value })[field as "port"]).toEqual(read);
  });
});

describe("readDatabaseConfig", () => {
  it("asks for no secret", () => {
    expect(readDatabaseConfig({ FAIRMINUTE_MODE: "production", DATABASE_URL: "postgres://db/x" })).toEqual({
      mode: "production",
      databaseUrl: "postgres://db/x",
      dataDir: ".fairminute",
    });
    expect(() => readDatabaseConfig({ FAIRMINUTE_MODE: "production" })).toThrow(/DATABASE_URL is missing/);
  });
});
