// The server as a process of its own, as `npm start` runs it; only its clock is the benchmark's.
import { readConfig } from "../server/dist/config.js";
import { migrate } from "../server/dist/db/migrate.js";
import { openDatabase } from "../server/dist/db/open.js";
import { buildServer } from "../server/dist/server.js";
import { createStoryClock } from "./story-clock.mjs";

const config = readConfig(process.env);
const db = await openDatabase(config.databaseUrl, config.dataDir);
await migrate(db);
const clock = createStoryClock();
const faults = [];
const server = await buildServer(config, { db, clock, onFault: (error) => faults.push(String(error?.stack ?? error)) });
const { url } = await server.listen();

/** The load generator tells of finished commands, and asks for the end. */
process.on("message", async (message) => {
  if (message.commands !== undefined) for (let i = 0; i < message.commands; i += 1) clock.tick();
  if (message.inFlight !== undefined) clock.share(message.inFlight);
  if (message.usage) process.send({ usage: process.cpuUsage(), now: clock.now(), faults });
  if (message.stop) {
    await server.close();
    await db.close();
    process.disconnect();
  }
});
process.on("disconnect", () => process.exit());
process.send({ url });
