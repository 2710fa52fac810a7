// Draws a component inside a provider whose client talks to a server of answers.
import { type Catalogue, shippedPresets, writeTerms } from "@fairminute/core";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createQueryClient, FairminuteProvider } from "../src/hooks/FairminuteProvider.tsx";
import { createFakeServer, type FakeServer } from "./fakeServer.ts";

/** Presets as the server lists them. */
export const presetsJson = (presets: Catalogue = shippedPresets) =>
  [...presets.values()].map(({ name, from, terms }) => ({ name, from, terms: writeTerms(terms) }));

/** A server at which Leo is signed in, with nobody to call, no calls and 500 coins. */
export function serverOfLeo(): FakeServer {
  const server = createFakeServer();
  const page = { hasMore: false, nextCursor: null };
  Object.assign(server.routes, {
    "GET /api/me": () => ({ body: { userId: "leo", name: "Leo Brandt", role: "fan", mode: "sandbox" } }),
    "GET /api/wallet": () => ({
      body: { userId: "leo", currency: "coin", available: 500, held: 0, earnings: 0, total: 500 },
    }),
    "GET /api/wallet/transfers?limit=25": () => ({ body: { transfers: [], ...page } }),
    "GET /api/presets": () => ({ body: { presets: presetsJson() } }),
    "GET /api/creators": () => ({ body: { creators: [] } }),
    "GET /api/matchmaking/status": () => ({
      body: { status: "idle", waitingSince: null, position: null, matchId: null, call: null },
    }),
    "GET /api/calls/pending": () => ({ body: { calls: [], ...page } }),
    "GET /api/calls/active": () => ({ body: { calls: [], call: null } }),
    "GET /api/calls/history?limit=20": () => ({ body: { calls: [], ...page } }),
  });
  return server;
}

/** Draws `children`; the locale is fixed, so that texts are the same on every machine. */
export function draw(server: FakeServer, children: ReactNode) {
  return render(
    <FairminuteProvider client={server.client} queryClient={createQueryClient()} locale="en-GB">
      {children}
    </FairminuteProvider>,
  );
}
