// What a page says in passing, in the middle of a sentence: commands and imports, tried as they stand there.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../scripts/free-port.mjs";
import { startLivekitFake } from "../server/src/fakes/livekit/fake.ts";
import { openFreshPostgres } from "../server/test/databases.ts";
import { interrupt, readBlocks, root, run, start } from "./pages.ts";

describe("said in passing", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "fairminute-passing-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("a call that nobody registered: what the README says in passing, as it stands there", async () => {
    const [port, fakePort] = [await freePort(), await freePort()];
    const readme = await readFile(join(root, "README.md"), "utf8");
    const commands = [...readme.matchAll(/`(fairminute [^`]+)`/g)].map(([, command]) => command as string);
    const [unmatched, adopt = "", reconcile] = ["unmatched", "adopt", "reconcile"].map((name) =>
      commands.find((command) => command.split(" ")[1] === name),
    );
    expect(new Set(commands)).toEqual(new Set([unmatched, adopt, reconcile]));
    const shown = (await readBlocks()).find(({ text }) => text.startsWith("LIVEKIT_URL="))?.text ?? "";
    const settings = Object.fromEntries(
      [...shown.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    const [apiKey, apiSecret] = [settings.LIVEKIT_API_KEY as string, settings.LIVEKIT_API_SECRET as string];
    const fresh = await openFreshPostgres();
    // Two people were in the room for 65 seconds, a while ago by the fake's clock.
    let at = (Math.floor(Date.now() / 1000) - 120) * 1000;
    const trueNow = () => Date.now();
    const fake = await startLivekitFake({ apiKey, apiSecret, port: fakePort, now: () => at, trueNow });
    const env = {
      ...settings,
      LIVEKIT_URL: fake.url,
      DATABASE_URL: fresh.url,
      PORT: String(port),
      FAIRMINUTE_MODE: "",
    };
    const server = await start("npm start", env, /Ctrl-C/);
    // As it is installed: a name for the built command line.
    const bin = join(folder, "bin");
    await mkdir(bin);
    const script = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "server/dist/cli.js")}" "$@"\n`;
    await writeFile(join(bin, "fairminute"), script, { mode: 0o755 });
    const say = async (command = "") =>
      (
        await run("bash", ["-c", command], {
          cwd: root,
          env: { ...process.env, ...env, PATH: `${bin}:${process.env.PATH}` },
        })
      ).stdout;
    const ask = async (method: string, path: string, body?: object) => {
      const headers = {
        authorization: "Bearer fm_test_sk_sandbox_not_for_production",
        "content-type": "application/json",
      };
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      return (await fetch(`http://127.0.0.1:${port}/api${path}`, { method, headers, ...json })).json();
    };
    try {
      fake.sendWebhooksTo(`http://127.0.0.1:${port}/api/livekit/webhook`);
      for (const who of ["leo", "mia"]) fake.join("your-room-42", who);
      at += 65_000;
      for (const who of ["leo", "mia"]) fake.leave("your-room-42", who);
      await fake.flush();
      expect(await say(unmatched)).toMatch(/Rooms without a call: 1\n {2}livekit your-room-42 {2}leo, mia /);
      const adopted = await say(adopt);
      expect(adopted).toMatch(/^call_\w+ {2}leo and mia under creator-call, /);
      await ask("POST", "/sandbox/clock/advance", { seconds: 60 });
      const { call } = (await ask("GET", `/calls/${adopted.split(" ")[0]}`)) as { call: Record<string, unknown> };
      expect(call).toMatchObject({ status: "completed", billableSeconds: 65, actualCoins: 20 });
      expect(await say(unmatched)).toBe("Every room has its call.\n");
      expect(await say(reconcile)).toContain("Nothing to see to.");
    } finally {
      await interrupt(server.child);
      await fake.stop();
      await fresh.close();
    }
  });

  it("the functions of Stream's durations are imported from the built package", async () => {
    const script = `import { convertStreamDurationToMinutes, openStreamDurations } from "fairminute/stream";
      const keys = { apiKey: "key", secretKey: "secret", apiUrl: "http://stream.invalid" };
      const call = { cid: "default:math", settings: {}, created_by: {}, session: { started_at: "2026-03-01T12:00:00.000Z" } };
      const asked = [];
      const answer = async (url) => (asked.push(new URL(url).pathname), Response.json({ call, members: [], duration: "1ms" }));
      const durations = openStreamDurations(keys, { now: Date.now, fetch: answer });
      const isActive = await durations.isStreamCallActive("math");
      console.log(JSON.stringify([convertStreamDurationToMinutes(90), Object.keys(durations).sort(), isActive, asked]));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: root });
    expect(JSON.parse(stdout)).toEqual([
      2,
      ["getStreamCallDetails", "getStreamCallDuration", "getUserActiveCalls", "isStreamCallActive"],
      true,
      ["/api/v2/video/call/default/math"],
    ]);
  });
});
