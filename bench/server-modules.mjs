// The built modules of the server that the benchmark drives, in one place.
export { audit } from "../server/dist/charging/audit.js";
export { createCharging } from "../server/dist/charging/charging.js";
export { migrate } from "../server/dist/db/migrate.js";
export { openPostgres } from "../server/dist/db/postgres.js";
export { createIds } from "../server/dist/ids.js";
export { postTransfers } from "../server/dist/ledger/transfers.js";
