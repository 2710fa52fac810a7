// A port for a process that has to be told its own.
import { createServer } from "node:net";

/**
 * A port of 127.0.0.1 that nobody listens on now. Somebody may take it before it is used.
 * @returns {Promise<number>}
 */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}
