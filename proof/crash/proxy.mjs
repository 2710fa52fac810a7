// A TCP proxy before PostgreSQL: it can lose the answer to a commit, or a request before it arrives, and lead elsewhere.
import { connect, createServer } from "node:net";
import { followConnection } from "./wire.mjs";

/** One client's way to the server, until either side leaves or it is cut. */
function openLink(client, { state, counts, links }) {
  const server = connect({ host: "127.0.0.1", port: state.port, noDelay: true });
  const wire = followConnection();
  /** What the server has said since the statement that may be committed by it. */
  let held = [];
  const cut = () => {
    links.delete(link);
    client.destroy();
    server.destroy();
  };
  const link = { cut, isForsaken: false };
  const isSilent = () => state.silent || link.isForsaken;
  /** Whether the answer to a commit is lost here. */
  const loses = (committed) => {
    if (committed === null) return false;
    counts.committed += 1;
    if (!state.loseAnswer(committed)) return false;
    counts.byKind[committed] = (counts.byKind[committed] ?? 0) + 1;
    return true;
  };
  client.setNoDelay(true);
  for (const end of [client, server]) end.on("error", cut).on("close", cut);
  client.on("data", (part) => {
    for (const { bytes, asks } of wire.front(part)) {
      if (isSilent()) continue;
      if (asks !== null && state.loseRequest(asks)) {
        counts.requestsLost += 1;
        return cut();
      }
      server.write(bytes);
    }
  });
  server.on("data", (part) => {
    for (const { bytes, committed, isWaiting } of wire.back(part)) {
      if (isSilent()) continue;
      if (loses(committed)) return cut();
      held.push(bytes);
      if (isWaiting) continue;
      client.write(held.length === 1 ? held[0] : Buffer.concat(held));
      held = [];
    }
  });
  links.add(link);
}

/**
 * Listens on 127.0.0.1.
 * @param {{ port: number }} options where PostgreSQL is at first
 */
export async function openProxy({ port: firstPort }) {
  const links = new Set();
  const state = { port: firstPort, silent: false, loseAnswer: () => false, loseRequest: () => false };
  /** Commits seen; answers lost by kind; requests that never arrived. */
  const counts = { committed: 0, byKind: {}, requestsLost: 0 };
  const listener = createServer((client) => openLink(client, { state, counts, links }));
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address();
  return {
    counts,
    /** The same address, by way of the proxy. */
    through(url) {
      const address = new URL(url);
      address.port = String(port);
      return address.href;
    },
    /** @param {(kind: string) => boolean} choose asked at every commit; true: the answer is lost, and the link with it */
    loseAnswers(choose) {
      state.loseAnswer = choose;
    },
    /** @param {(kind: string) => boolean} choose asked at every write; true: it never arrives, and the link is lost */
    loseRequests(choose) {
      state.loseRequest = choose;
    },
    /** While silent, nothing comes through and nobody is told: as behind a firewall that forgot. */
    beSilent(isSilent) {
      state.silent = isSilent;
    },
    /** The links that there are fall silent for ever; new ones work. As when a machine lost its power and another took its address. */
    forsake() {
      for (const link of links) link.isForsaken = true;
    },
    /** New links lead there. */
    leadTo(where) {
      state.port = where;
    },
    cutAll() {
      for (const link of [...links]) link.cut();
    },
    async close() {
      for (const link of [...links]) link.cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
