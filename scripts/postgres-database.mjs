// Makes and drops databases on a running PostgreSQL server, for tests that want one of their own.
import pg from "pg";

/** The address of another database on the same server. */
export function urlOfDatabase(adminUrl, name) {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

async function runOnServer(adminUrl, sql) {
  if (!adminUrl) {
    throw new Error(
      "no PostgreSQL server is named: FAIRMINUTE_TEST_DATABASE_URL is set by `npm test`, and by vitest when it runs from the root",
    );
  }
  const client = new pg.Client({ connectionString: adminUrl });
  // A connection that breaks after its answer would end the whole process through an unheard `error` event.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * Makes a database and gives its url. With `template` it is a copy of that database, which is the cheap way to a
 * migrated one; nobody may be connected to the template meanwhile. Throws PostgreSQL's error when the name is taken.
 * @param {string | undefined} adminUrl any database of the server, for a user who may create databases
 * @param {string} name
 * @param {{ template?: string }} [options]
 * @returns {Promise<string>}
 */
export async function createDatabase(adminUrl, name, { template = "template0" } = {}) {
  await runOnServer(adminUrl, `create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`);
  return urlOfDatabase(adminUrl, name);
}

/**
 * Drops a database together with every connection to it; nothing happens when there is none of that name.
 * @param {string | undefined} adminUrl another database of the same server
 * @param {string} name
 * @returns {Promise<void>}
 */
export async function dropDatabase(adminUrl, name) {
  await runOnServer(adminUrl, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}
