// TURN credentials against published and independently computed vectors.
import { describe, expect, it } from "vitest";
import { iceServers, turnCredential } from "./ice.ts";

describe("turnCredential", () => {
  const vectors = [
    // RFC 2202, HMAC-SHA1 test cases 1 and 2, their digests written in base64.
    ["RFC 2202 case 1", "\u000b".repeat(20), "Hi There", "thcxhlUFcmTii8C2+zeMjvFGvgA="],
    ["RFC 2202 case 2", "Jefe", "what do ya want for nothing?", "7/zfauXrL6LSdBbV8YTfnCWafHk="],
    // printf '%s' "1770000600:user_ada" | openssl dgst -binary -sha1 -hmac "north-wind-and-the-sun" | openssl base64
    ["a coturn username, by openssl", "north-wind-and-the-sun", "1770000600:user_ada", "lcnmh/Gj72P2KCcgGi+x8t4dWaQ="],
  ] as const;
  it.each(vectors)("%s", (_name, secret, username, expected) => {
    expect(turnCredential(secret, username)).toBe(expected);
  });
});

describe("iceServers", () => {
  const config = {
    stunUrls: ["stun:stun.example.org:3478"],
    turnUrls: ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349"],
    turnSecret: "north-wind-and-the-sun",
  };

  it("gives STUN without and TURN with a credential that names its expiry and its user", () => {
    expect(iceServers(config, "user_ada", 1_770_000_600_999)).toEqual([
      { urls: ["stun:stun.example.org:3478"] },
      {
        urls: ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349"],
        username: "1770000600:user_ada",
        credential: "lcnmh/Gj72P2KCcgGi+x8t4dWaQ=",
      },
    ]);
  });

  it("leaves TURN out when there is no secret, and gives an empty list when nothing is configured", () => {
    expect(iceServers({ ...config, turnSecret: null }, "user_ada", 0)).toEqual([{ urls: config.stunUrls }]);
    expect(iceServers({ stunUrls: [], turnUrls: [], turnSecret: null }, "user_ada", 0)).toEqual([]);
  });

  it("gives two users, and one user at two times, different credentials", () => {
    const credential = (userId: string, at: number) => iceServers(config, userId, at)[1]?.credential;
    const all = [
      credential("user_ada", 1_000_000),
      credential("user_ben", 1_000_000),
      credential("user_ada", 2_000_000),
    ];
    expect(new Set(all).size).toBe(3);
  });
});
