// A small HTTP/1.1 client: one kept-alive connection a client, because the load generator shares the processors with the server.
import { connect } from "node:net";

const HEAD_END = "\r\n\r\n";

/** Reads status and body once they are whole; null while they are not. */
function readResponse(buffer) {
  const headEnd = buffer.indexOf(HEAD_END);
  if (headEnd === -1) return null;
  const head = buffer.toString("latin1", 0, headEnd);
  const length = /\r\ncontent-length: (\d+)/i.exec(head);
  if (length === null) throw new Error(`an answer without content-length:\n${head}`);
  const bodyAt = headEnd + HEAD_END.length;
  const end = bodyAt + Number(length[1]);
  if (buffer.length < end) return null;
  return { status: Number(head.slice(9, 12)), body: buffer.toString("utf8", bodyAt, end) };
}

/**
 * Opens one connection. Requests on it go one after the other.
 * @returns `post(path, token, body, key)`, which gives the parsed answer and throws for any status but 2xx, and `close()`
 */
export function openConnection(port) {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let pending = null;
  let parts = [];
  const fail = (error) => {
    pending?.reject(error);
    pending = null;
  };
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the server closed the connection")));
  socket.on("data", (part) => {
    parts.push(part);
    const buffer = parts.length === 1 ? part : Buffer.concat(parts);
    const response = readResponse(buffer);
    if (response === null) {
      parts = [buffer];
      return;
    }
    parts = [];
    const { resolve, reject, path } = pending;
    pending = null;
    if (response.status >= 200 && response.status < 300) resolve(JSON.parse(response.body));
    else reject(new Error(`POST ${path} answered ${response.status}: ${response.body.slice(0, 500)}`));
  });
  return {
    post(path, token, body, key) {
      const text = JSON.stringify(body);
      const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
      const keyed = key === undefined ? "" : `idempotency-key: ${key}\r\n`;
      return new Promise((resolve, reject) => {
        pending = { resolve, reject, path };
        socket.write(`${head}${keyed}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
      });
    },
    close: () => socket.destroy(),
  };
}
