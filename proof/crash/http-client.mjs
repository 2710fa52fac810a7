// HTTP requests over kept-alive connections, with a limit of time: a server that was stopped never says that it is gone.
import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 128 });

/** Whoever waits longer asks again, somewhere else, with the same key. */
export const patienceMs = 4000;

function headersOf({ token, key }, text) {
  const headers = {};
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (key !== undefined) headers["idempotency-key"] = key;
  if (text !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = Buffer.byteLength(text);
  }
  return headers;
}

/**
 * One request.
 * @param {string} base address of the server
 * @param {{ token?: string, key?: string, body?: unknown, timeoutMs?: number, leaveAfterMs?: number }} [options] `leaveAfterMs`: the
 *   client is gone after so long, whatever the server does
 * @returns {Promise<{ status: number, text: string, body: any }>} rejects when there is no whole answer
 */
export function ask(base, method, path, options = {}) {
  const text = options.body === undefined ? undefined : JSON.stringify(options.body);
  const { timeoutMs = patienceMs, leaveAfterMs } = options;
  return new Promise((resolve, reject) => {
    const sent = request(`${base}${path}`, { agent, method, headers: headersOf(options, text) }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const said = Buffer.concat(parts).toString("utf8");
        try {
          resolve({ status: answer.statusCode, text: said, body: JSON.parse(said) });
        } catch (error) {
          reject(error);
        }
      });
    });
    const timer = setTimeout(() => sent.destroy(new Error("no answer in time")), leaveAfterMs ?? timeoutMs);
    sent.on("close", () => clearTimeout(timer));
    sent.on("error", reject);
    sent.end(text);
  });
}
