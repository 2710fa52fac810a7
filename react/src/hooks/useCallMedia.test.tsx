// React mounts twice in StrictMode: the call is joined once, devices are opened once, and going away really leaves.
// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { StrictMode, useState } from "react";
import { afterEach, expect, test } from "vitest";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { settle } from "../../test/fakeServer.ts";
import { useCallMedia } from "./useCallMedia.ts";

afterEach(cleanup);

function stage() {
  const server = serverOfLeo();
  let joins = 0;
  server.socket.answers = {
    "call:join": () => ({
      ok: true,
      connectionId: `conn_${++joins}`,
      polite: false,
      peers: [{ userId: "mia", connectionId: "conn_mia" }],
      iceServers: [],
    }),
    "call:leave": () => ({ ok: true }),
    signal: () => ({ ok: true }),
  };
  return server;
}

function Room() {
  const media = useCallMedia("call_1", { devices: true, join: true });
  return <p>{media.phase}</p>;
}

function Door() {
  const [shown, show] = useState(true);
  return (
    <>
      <button type="button" onClick={() => show(!shown)}>
        door
      </button>
      {shown && <Room />}
    </>
  );
}

test("a double mount opens one socket, one connection, one set of devices and one peer", async () => {
  const server = stage();
  draw(
    server,
    <StrictMode>
      <Room />
    </StrictMode>,
  );
  await waitFor(() => expect(server.peers).toHaveLength(1));
  await server.advance(1000);
  expect(server.socket.connects).toBe(1);
  expect(server.socket.count("call:join")).toBe(1);
  expect(server.socket.count("call:leave")).toBe(0);
  expect(server.devices.asked).toHaveLength(1);
});

test("two components of one call share its connection", async () => {
  const server = stage();
  draw(
    server,
    <>
      <Room />
      <Room />
    </>,
  );
  await waitFor(() => expect(server.peers).toHaveLength(1));
  await settle();
  expect(server.socket.count("call:join")).toBe(1);
});

test("a view that goes away turns the devices off, and coming back opens new ones", async () => {
  const server = stage();
  draw(server, <Door />);
  await waitFor(() => expect(server.socket.count("call:join")).toBe(1));
  fireEvent.click(screen.getByText("door"));
  await settle();
  await server.advance(0);
  expect(server.socket.count("call:leave")).toBe(1);
  expect(server.devices.tracks.every(({ stopped }) => stopped)).toBe(true);
  fireEvent.click(screen.getByText("door"));
  await waitFor(() => expect(server.socket.count("call:join")).toBe(2));
  await waitFor(() => expect(server.devices.tracks.filter(({ stopped }) => !stopped)).toHaveLength(2));
});
