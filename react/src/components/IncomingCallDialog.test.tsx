// The incoming call by keyboard alone: it takes the focus, Enter accepts, Esc declines, and nothing happens twice.
// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { callJson, mia } from "../../test/calls.ts";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import type { CallJson } from "../client/wire.ts";
import { IncomingCallDialog } from "./IncomingCallDialog.tsx";

afterEach(cleanup);

/** Leo calls Mia, at whose window this is. */
function ringing(change: Partial<CallJson> = {}) {
  const server = serverOfLeo();
  let pending = [callJson(change)];
  server.routes["GET /api/me"] = () => ({ body: mia });
  server.routes["GET /api/calls/pending"] = () => ({
    body: { calls: pending, hasMore: false, nextCursor: null },
  });
  for (const [command, status] of [
    ["accept", "accepted"],
    ["reject", "rejected"],
  ] as const) {
    server.routes[`POST /api/calls/call_1/${command}`] = () => {
      pending = [];
      return { body: { call: callJson({ status }) } };
    };
  }
  const onAccepted = vi.fn();
  document.title = "Fairminute";
  draw(server, <IncomingCallDialog onAccepted={onAccepted} />);
  return { server, onAccepted };
}

const commands = (server: ReturnType<typeof ringing>["server"]) =>
  server.asked.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));

test("it is a modal alert that names caller and price, and the accept button has the focus", async () => {
  ringing();
  const dialog = (await screen.findByTestId("incoming-call")) as HTMLDialogElement;
  expect(dialog.open).toBe(true);
  expect(dialog.getAttribute("role")).toBe("alertdialog");
  expect(document.getElementById(dialog.getAttribute("aria-labelledby") ?? "")?.textContent).toContain(
    "Leo Brandt is calling",
  );
  expect(screen.getByTestId("incoming-price").textContent).toBe("10 coins a minute");
  expect(document.activeElement).toBe(screen.getByTestId("incoming-accept"));
  expect(document.title).toBe("Leo Brandt is calling…");
});

test("Enter accepts: the focused button is pressed, and the call is shown although the dialog is already gone", async () => {
  const { server, onAccepted } = ringing();
  await screen.findByTestId("incoming-call");
  // A browser turns Enter on the focused button into a click.
  fireEvent.click(document.activeElement as HTMLElement);
  await waitFor(() => expect(onAccepted).toHaveBeenCalledTimes(1));
  expect(onAccepted.mock.calls[0]?.[0]).toMatchObject({ id: "call_1", status: "accepted" });
  expect(commands(server)).toEqual(["accept"]);
  await waitFor(() => expect(screen.queryByTestId("incoming-call")).toBeNull());
  expect(document.title).toBe("Fairminute");
});

test("Esc declines, once, and shows no call", async () => {
  const { server, onAccepted } = ringing();
  const dialog = await screen.findByTestId("incoming-call");
  fireEvent.keyDown(dialog, { key: "Escape" });
  fireEvent.keyDown(dialog, { key: "Escape" });
  await waitFor(() => expect(screen.queryByTestId("incoming-call")).toBeNull());
  expect(commands(server)).toEqual(["reject"]);
  expect(onAccepted).not.toHaveBeenCalled();
});

test("the close request of a browser (a back gesture) declines and does not just close", async () => {
  const { server } = ringing();
  const dialog = await screen.findByTestId("incoming-call");
  const request = new Event("cancel", { cancelable: true });
  fireEvent(dialog, request);
  expect(request.defaultPrevented).toBe(true);
  await waitFor(() => expect(commands(server)).toEqual(["reject"]));
});

test("a refusal is said and the dialog stays", async () => {
  const { server, onAccepted } = ringing();
  server.routes["POST /api/calls/call_1/accept"] = () => ({
    status: 409,
    body: { code: "call_not_pending", message: "Too late." },
  });
  fireEvent.click(await screen.findByTestId("incoming-accept"));
  expect((await screen.findByRole("alert")).textContent).toContain("Too late.");
  expect(onAccepted).not.toHaveBeenCalled();
});

test("one's own outgoing call does not ring", async () => {
  const { server } = ringing({ payerId: "mia", payeeId: "leo" });
  await waitFor(() => expect(server.to("/api/me").length + server.to("/api/calls/pending").length).toBe(2));
  await new Promise((done) => setTimeout(done, 20));
  expect(screen.queryByTestId("incoming-call")).toBeNull();
});

test("a call that the settings accepted is shown without ringing, once", async () => {
  const server = serverOfLeo();
  const accepted = callJson({ status: "accepted", acceptedAt: callJson().requestedAt });
  server.routes["GET /api/me"] = () => ({ body: mia });
  server.routes["GET /api/calls/active"] = () => ({ body: { calls: [accepted], call: accepted } });
  const onAccepted = vi.fn();
  draw(server, <IncomingCallDialog onAccepted={onAccepted} />);
  await waitFor(() => expect(onAccepted).toHaveBeenCalledTimes(1));
  server.socket.tell("call:started", { callId: "call_1" });
  await waitFor(() => expect(server.to("/api/calls/active").length).toBeGreaterThan(1));
  expect(onAccepted).toHaveBeenCalledTimes(1);
});
