// The open WebSocket lines of the HTTP server, so that a dead one cannot hold up its stopping.
import type { Server as HttpServer } from "node:http";
import type { Duplex } from "node:stream";

export type Lines = {
  /** Waits until every line is closed; whoever has not said goodbye in time is cut off. */
  closeAll(): Promise<void>;
};

/** A browser that is there answers a closing line in one round trip. One that sleeps would be waited for half a minute. */
const farewellMs = 500;

/** Watches the lines of a server from now on. */
export function watchLines(httpServer: HttpServer): Lines {
  const open = new Set<Duplex>();
  httpServer.on("upgrade", (_request, line: Duplex) => {
    open.add(line);
    line.once("close", () => open.delete(line));
  });
  return {
    async closeAll() {
      const closed = [...open].map((line) => new Promise((done) => line.once("close", done)));
      const cut = setTimeout(() => {
        for (const line of open) line.destroy();
      }, farewellMs);
      await Promise.all(closed);
      clearTimeout(cut);
    },
  };
}
