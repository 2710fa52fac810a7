// The lobby: every figure comes from the rules, nothing is held without consent, and a short balance says how short.
// @vitest-environment happy-dom
import { type Catalogue, readPresets } from "@fairminute/core";
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { callJson } from "../../test/calls.ts";
import { draw, presetsJson, serverOfLeo } from "../../test/draw.tsx";
import type { CreatorJson } from "../client/wire.ts";
import { LobbyDialog } from "./LobbyDialog.tsx";

afterEach(cleanup);

const creator: CreatorJson = {
  userId: "mia",
  name: "Mia Torres",
  callRatePerMinute: 10,
  minimumCallDuration: 5,
  isAvailableForCalls: true,
  online: true,
  busy: false,
};

function lobby(available: number, change: Partial<CreatorJson> = {}, presets?: Catalogue) {
  const server = serverOfLeo();
  server.routes["GET /api/presets"] = () => ({ body: { presets: presetsJson(presets) } });
  server.routes["GET /api/wallet"] = () => ({
    body: { userId: "leo", currency: "coin", available, held: 0, earnings: 0, total: available },
  });
  server.routes["POST /api/calls/initiate"] = () => ({ status: 201, body: { call: callJson() } });
  const onCalled = vi.fn();
  const onClose = vi.fn();
  draw(server, <LobbyDialog creator={{ ...creator, ...change }} onCalled={onCalled} onClose={onClose} />);
  return { server, onCalled, onClose };
}

const text = async (testId: string) => (await screen.findByTestId(testId)).textContent;

test("it says price, billing, hold, what stays and how long the balance lasts", async () => {
  lobby(500);
  expect(await text("lobby-price")).toBe("10 coins a minute");
  expect(await text("lobby-billing")).toBe("Per started minute");
  expect(await text("lobby-hold")).toBe("150 coins");
  expect(await text("lobby-rest")).toBe("350 coins");
  expect(await text("lobby-affordable")).toBe("50 min");
  expect(await text("lobby-rules")).toContain("released the moment the call ends");
  expect(await text("lobby-consent")).toBe("Hold 150 coins and call");
});

test("nothing is held before the button that says so is pressed; then the chosen estimate is", async () => {
  const { server, onCalled } = lobby(500);
  fireEvent.click(await screen.findByTestId("lobby-minutes-30"));
  expect(await text("lobby-hold")).toBe("300 coins");
  expect(server.to("/api/calls/initiate")).toEqual([]);
  fireEvent.click(screen.getByTestId("lobby-consent"));
  await waitFor(() => expect(onCalled).toHaveBeenCalledTimes(1));
  expect(server.to("/api/calls/initiate")).toMatchObject([{ body: { creatorId: "mia", estimatedMinutes: 30 } }]);
});

test("Enter on a choice chooses and does not consent", async () => {
  const { server } = lobby(500);
  const choice = (await screen.findByTestId("lobby-minutes-30")) as HTMLInputElement;
  fireEvent.submit(choice.form as HTMLFormElement);
  await new Promise((done) => setTimeout(done, 20));
  expect(server.to("/api/calls/initiate")).toEqual([]);
});

test("a balance that is too short says by how much and does not offer to call", async () => {
  const { server } = lobby(500);
  fireEvent.click(await screen.findByTestId("lobby-minutes-60"));
  expect(await text("lobby-short")).toContain("You need 100 coins more");
  const consent = screen.getByTestId("lobby-consent") as HTMLButtonElement;
  expect(consent.disabled).toBe(true);
  fireEvent.click(consent);
  expect(server.to("/api/calls/initiate")).toEqual([]);
});

test("the shortest call must be covered even when less is estimated", async () => {
  lobby(90, { minimumCallDuration: 10 });
  fireEvent.click(await screen.findByTestId("lobby-minutes-5"));
  expect(await text("lobby-hold")).toBe("50 coins");
  expect(await text("lobby-short")).toContain("You need 10 coins more");
});

test("the first choice is the longest up to a quarter of an hour that the balance covers", async () => {
  lobby(120);
  expect(await text("lobby-hold")).toBe("100 coins");
});

test("a refusal is said in the server's words", async () => {
  const { server, onCalled } = lobby(500);
  const refusal = { code: "creator_unavailable", message: "Mia Torres takes no calls now." };
  server.routes["POST /api/calls/initiate"] = () => ({ status: 409, body: refusal });
  fireEvent.click(await screen.findByTestId("lobby-consent"));
  expect(await text("lobby-error")).toBe("Mia Torres takes no calls now.");
  expect(onCalled).not.toHaveBeenCalled();
});

test("Esc closes it and nothing was held", async () => {
  const { server, onClose } = lobby(500);
  fireEvent.keyDown(await screen.findByTestId("lobby"), { key: "Escape" });
  expect(onClose).toHaveBeenCalledTimes(1);
  expect(server.to("/api/calls/initiate")).toEqual([]);
});

/** The server's own preset for creators' calls. */
const own = (change: object): Catalogue =>
  readPresets({ presets: { "creator-call": { from: "creator-call", ...change } } });

test("it promises the server's own terms: fee, free seconds, steps and hold", async () => {
  const tariff = { connectFee: 5, initialIncrementSeconds: 30, incrementSeconds: 6, freeSeconds: 90 };
  lobby(500, {}, own({ tariff: { ...tariff, noChargeUnderSeconds: 20, minimumCharge: 8 } }));
  expect(await text("lobby-price")).toBe("10 coins a minute");
  expect(await text("lobby-billing")).toBe("First 30 s, then per started 6 s");
  expect(await text("lobby-fee")).toBe("5 coins");
  expect(await text("lobby-free-time")).toBe("1 min 30 s");
  expect(await text("lobby-minimum")).toBe("8 coins");
  // 15 minutes without the free ones are 13.5, and the fee comes on top.
  expect(await text("lobby-hold")).toBe("140 coins");
  expect(await text("lobby-rules")).toContain("A call shorter than 20 s costs nothing.");
});

test("what is nothing is not spoken of", async () => {
  lobby(500);
  await screen.findByTestId("lobby-price");
  for (const testId of ["lobby-fee", "lobby-free-time", "lobby-minimum"])
    expect(screen.queryByTestId(testId)).toBeNull();
});

test("the price of the hour is shown, and that it changes", async () => {
  const window = { weekdays: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 1440, pricePerMinute: 25 };
  lobby(500, {}, own({ tariff: { windows: [window], rounding: "down" } }));
  expect(await text("lobby-price")).toBe("25 coins a minute");
  expect(await text("lobby-billing")).toBe("Per completed minute");
  expect(await text("lobby-rules")).toContain("At some hours a minute has another price.");
});

test("where money is held in slices no more than one is promised to be held", async () => {
  lobby(500, { minimumCallDuration: 0 }, own({ funding: { kind: "slices" } }));
  expect(await text("lobby-hold")).toBe("10 coins");
});

test("a call that costs nothing holds nothing, and the creator's price is not promised", async () => {
  lobby(0, {}, own({ funding: { kind: "none" }, billable: "none" }));
  expect(await text("lobby-price")).toBe("Nothing");
  expect(await text("lobby-consent")).toBe("Call");
  expect((screen.getByTestId("lobby-consent") as HTMLButtonElement).disabled).toBe(false);
});

test("nothing is promised before the server has said its terms, and nothing else when it does not", async () => {
  const { server } = lobby(500);
  server.routes["GET /api/presets"] = () => ({ status: 500, body: { code: "internal_error", message: "Not now." } });
  await waitFor(() => expect(server.to("/api/presets").length).toBeGreaterThan(0));
  expect(screen.queryByTestId("lobby-price")).toBeNull();
  expect(screen.queryByTestId("lobby-consent")).toBeNull();
});
