// Every list says what it is when there is nothing to show: loading, empty, refused or offline, each with a way on.
// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test } from "vitest";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { CallHistory } from "./CallHistory.tsx";
import { CreatorList } from "./CreatorList.tsx";
import { CreatorSettingsForm } from "./CreatorSettingsForm.tsx";
import { CallScreen } from "./call/CallScreen.tsx";
import { MatchmakingPanel } from "./match/MatchmakingPanel.tsx";
import { Receipt } from "./receipt/Receipt.tsx";
import { WalletPanel } from "./WalletPanel.tsx";

afterEach(cleanup);

const nothing = () => {};
const link = (_: string, text: ReactNode) => text;

const places: [name: string, path: string, place: ReactNode][] = [
  ["people", "/api/creators", <CreatorList key="c" onCall={nothing} />],
  ["wallet", "/api/wallet", <WalletPanel key="w" />],
  ["statement", "/api/wallet/transfers?limit=25", <WalletPanel key="s" />],
  [
    "history",
    "/api/calls/history?limit=20",
    <CallHistory key="h" status="all" onStatus={nothing} receiptLink={link} />,
  ],
  ["settings", "/api/creator-settings", <CreatorSettingsForm key="f" />],
  ["matchmaking", "/api/matchmaking/status", <MatchmakingPanel key="m" onCall={nothing} />],
  ["receipt", "/api/calls/call_1/receipt", <Receipt key="r" callId="call_1" />],
  ["call", "/api/calls/call_1", <CallScreen key="k" callId="call_1" onLeave={nothing} onReceipt={nothing} />],
];

test.each(places)(
  "%s: a refusal is said in the server's words, with the request's id and another try",
  async (_, path, place) => {
    const server = serverOfLeo();
    const body = { code: "forbidden", message: "Not for you.", requestId: "req_7" };
    server.routes[`GET ${path}`] = () => ({ status: 403, body });
    draw(server, place);
    const panel = await screen.findByTestId("state-error");
    expect(panel.textContent).toContain("Not for you.");
    expect(panel.textContent).toContain("req_7");
    const before = server.to(path).length;
    fireEvent.click(screen.getByText("Try again"));
    await waitFor(() => expect(server.to(path).length).toBeGreaterThan(before));
  },
);

test.each(places)("%s: without a server it says offline, with another try", async (_, path, place) => {
  const server = serverOfLeo();
  server.routes[`GET ${path}`] = () => "unreachable";
  draw(server, place);
  await screen.findByTestId("loading");
  await server.advance(3000);
  const panel = await screen.findByTestId("state-offline");
  expect(panel.textContent).toContain("No connection to the server");
  expect(screen.getByText("Try again")).toBeTruthy();
});

test.each([
  ["people", <CreatorList key="c" onCall={nothing} />, "Nobody to call yet"],
  ["statement", <WalletPanel key="s" />, "No movements yet"],
  [
    "history",
    <CallHistory key="h" status="all" onStatus={nothing} receiptLink={link} empty="Call somebody" />,
    "Call somebody",
  ],
])("%s: empty says what will be here", async (_, place, text) => {
  draw(serverOfLeo(), place);
  expect(await screen.findByText(text)).toBeTruthy();
});
