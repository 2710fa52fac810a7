// Matchmaking on screen: find, wait, stop, be found; and what must not happen: a jump into a call that was there before.
// @vitest-environment happy-dom
import { readPresets } from "@fairminute/core";
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { callJson, requestedAt } from "../../../test/calls.ts";
import { draw, presetsJson, serverOfLeo } from "../../../test/draw.tsx";
import type { CallJson, MatchmakingJson } from "../../client/wire.ts";
import { MatchmakingBanner } from "./MatchmakingBanner.tsx";
import { MatchmakingPanel } from "./MatchmakingPanel.tsx";

afterEach(cleanup);

const idle: MatchmakingJson = { status: "idle", waitingSince: null, position: null, matchId: null, call: null };
const waiting: MatchmakingJson = {
  ...idle,
  status: "waiting",
  waitingSince: new Date(requestedAt - 65_000).toISOString(),
  position: 1,
};
const call: CallJson = callJson({ preset: "match", status: "accepted", ratePerMinute: 0, heldCoins: 0 });
const matched: MatchmakingJson = { ...idle, status: "matched", matchId: "match_1", call };

/** The queue at the server, as a test changes it. */
function queue(first: MatchmakingJson) {
  const server = serverOfLeo();
  const at = { standing: first };
  const calls: string[] = [];
  const answer = () => ({ body: at.standing });
  server.routes["GET /api/matchmaking/status"] = answer;
  server.routes["POST /api/matchmaking/leave"] = () => {
    at.standing = idle;
    return answer();
  };
  return { server, at, calls, onCall: ({ id }: CallJson) => void calls.push(id) };
}

test("find somebody: the wishes go along, then it waits with its time and can be stopped", async () => {
  const { server, at, calls, onCall } = queue(idle);
  server.routes["POST /api/matchmaking/join"] = () => {
    at.standing = waiting;
    return { body: at.standing };
  };
  draw(server, <MatchmakingPanel onCall={onCall} />);
  fireEvent.change(await screen.findByTestId("match-topic"), { target: { value: " chess " } });
  expect(screen.getByTestId("early-exit-rule").textContent).toBe(
    "Ending the call on purpose within 1 min costs 1 coin.",
  );
  fireEvent.click(screen.getByTestId("match-join"));
  expect((await screen.findByTestId("match-waiting")).textContent).toContain("talk to about chess");
  expect(server.to("/api/matchmaking/join")[0]?.body).toEqual({ preset: "match", filters: { topic: "chess" } });
  await waitFor(() => expect(screen.getByTestId("match-elapsed").textContent).toBe("1:05"));
  fireEvent.click(screen.getByTestId("match-leave"));
  await screen.findByTestId("match-join");
  expect(calls).toEqual([]);
});

test("the rule of leaving early is the server's own, whatever ships", async () => {
  const { server, onCall } = queue(idle);
  const policy = { kind: "early_exit", firstFree: 1, growth: 1, periodSeconds: 3600 };
  const presets = readPresets({ presets: { match: { from: "match", policies: [policy] } } });
  server.routes["GET /api/presets"] = () => ({ body: { presets: presetsJson(presets) } });
  draw(server, <MatchmakingPanel onCall={onCall} />);
  expect((await screen.findByTestId("early-exit-rule")).textContent).toBe(
    "Ending the call on purpose within 1 min costs 1 coin. The first time is free. Each further time costs 1 coin more. " +
      "Times within 1 h are counted.",
  );
});

test("terms that the server does not have are not offered", async () => {
  const { server, onCall } = queue(idle);
  draw(server, <MatchmakingPanel onCall={onCall} preset="gentle" />);
  expect((await screen.findByTestId("matchmaking")).textContent).not.toContain("Find somebody");
  await screen.findByText(/no preset here/);
});

test("matched at once: on to the call, once", async () => {
  const { server, at, calls, onCall } = queue(idle);
  server.routes["POST /api/matchmaking/join"] = () => {
    at.standing = matched;
    return { body: at.standing };
  };
  draw(server, <MatchmakingPanel onCall={onCall} />);
  fireEvent.click(await screen.findByTestId("match-join"));
  await waitFor(() => expect(calls).toEqual(["call_1"]));
  server.socket.tell("match:found", { callId: "call_1", matchId: "match_1" });
  await screen.findByTestId("match-found");
  expect(calls).toEqual(["call_1"]);
});

test.each([
  ["the panel", MatchmakingPanel],
  ["the banner of another page", MatchmakingBanner],
])("found while waiting: %s goes to the call on the news", async (_, Place) => {
  const { server, at, calls, onCall } = queue(waiting);
  draw(server, <Place onCall={onCall} />);
  await screen.findByText("1:05");
  at.standing = matched;
  server.socket.tell("match:found", { callId: "call_1", matchId: "match_1" });
  await waitFor(() => expect(calls).toEqual(["call_1"]));
});

test("a match that was there before is offered, and nobody is thrown into it", async () => {
  const { server, calls, onCall } = queue(matched);
  draw(server, <MatchmakingPanel onCall={onCall} />);
  const panel = await screen.findByTestId("match-found");
  expect(panel.textContent).toContain("You are matched with Mia Torres");
  expect(calls).toEqual([]);
  fireEvent.click(screen.getByTestId("match-to-call"));
  expect(calls).toEqual(["call_1"]);
});

test("a refusal is said in the server's words, and one can try again", async () => {
  const { server, onCall } = queue(idle);
  const body = { code: "too_many_calls", message: "You are in a call already.", requestId: "req_7" };
  server.routes["POST /api/matchmaking/join"] = () => ({ status: 409, body });
  draw(server, <MatchmakingPanel onCall={onCall} />);
  fireEvent.click(await screen.findByTestId("match-join"));
  expect((await screen.findByTestId("match-error")).textContent).toContain("You are in a call already.");
  expect(screen.getByTestId("match-join").textContent).toBe("Find somebody");
});

test("stopped too late: on to the call", async () => {
  const { server, at, calls, onCall } = queue(waiting);
  server.routes["POST /api/matchmaking/leave"] = () => {
    at.standing = matched;
    return { body: matched };
  };
  draw(server, <MatchmakingPanel onCall={onCall} />);
  fireEvent.click(await screen.findByTestId("match-leave"));
  await waitFor(() => expect(calls).toEqual(["call_1"]));
});

test("the banner is nothing to whoever does not wait, and stops a wait", async () => {
  const { server, at, onCall } = queue(idle);
  draw(server, <MatchmakingBanner onCall={onCall} />);
  await waitFor(() => expect(server.to("/api/matchmaking/status").length).toBe(1));
  expect(screen.queryByTestId("match-banner")).toBeNull();
  at.standing = waiting;
  server.socket.tell("match:found", {});
  fireEvent.click(await screen.findByTestId("match-banner-leave"));
  await waitFor(() => expect(screen.queryByTestId("match-banner")).toBeNull());
});
