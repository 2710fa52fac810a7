// The rig's own statements, each on a connection of its own, and how its databases are set up.
import pg from "pg";

/** Shared memory in the data's own folder: what a killed PostgreSQL leaves is gone with it. */
export const quietSettings = { dynamic_shared_memory_type: "mmap" };

/** Opens a connection whose end by somebody else ends nothing of ours. */
export async function connectTo(url, options = "") {
  const client = new pg.Client({ connectionString: url, options, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Runs statements one after the other, outside of a transaction. @returns the rows of the last */
export async function runSql(url, statements, options) {
  const client = await connectTo(url, options);
  try {
    let rows = [];
    for (const sql of statements) ({ rows } = await client.query(sql));
    return rows;
  } finally {
    await client.end();
  }
}
