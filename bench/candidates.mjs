// What is measured, and on which databases: each candidate has a template that every round begins with a copy of.
import { openInProcess } from "./in-process.mjs";
import { installNaive, openNaive, prepareNaive } from "./naive.mjs";
import { openOverHttp } from "./over-http.mjs";
import { preload } from "./people.mjs";
import * as server from "./server-modules.mjs";

async function prepareOwn(url, people) {
  const db = server.openPostgres(url, { connections: 1 });
  await server.migrate(db);
  await preload(db, server, people, Date.now());
  await db.close();
}

/** The naive version is measured at one load: more in flight makes it slower, fewer leaves it idle. */
const naiveInFlight = 64;

/** @param options as read by readOptions */
export function chooseCandidates({ only, inFlight, people, lanes }) {
  const own = { template: "template_fairminute", prepare: (url) => prepareOwn(url, people), inFlight };
  const all = {
    "in-process": { ...own, open: (url) => openInProcess({ url, server, people, lanes }) },
    http: { ...own, open: (url) => openOverHttp({ url, server, people, lanes }) },
    naive: {
      template: "template_naive",
      inFlight: [Math.min(naiveInFlight, Math.max(...inFlight))],
      async prepare(url) {
        await installNaive();
        await prepareNaive(url, people);
      },
      open: (url) => openNaive({ url, people }),
    },
  };
  return Object.entries(all)
    .filter(([name]) => only.includes(name))
    .map(([name, candidate]) => ({ name, ...candidate }));
}
