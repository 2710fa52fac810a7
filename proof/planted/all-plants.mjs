// Every planted bug: what it is, where it stands, and what would find it.
import { databasePlants } from "./plants/database.mjs";
import { foldPlants } from "./plants/fold.mjs";
import { hallPlants } from "./plants/hall.mjs";
import { moneyPlants } from "./plants/money.mjs";
import { pricePlants } from "./plants/price.mjs";

/**
 * Small wrong versions of the sources. `find` stands once in `file` and becomes `replace`. A plant with `stories` cannot be met by
 * a history in memory (SQL, HTTP, who may do what): the tests that own the matter have to find it.
 */
export const plants = [...foldPlants, ...pricePlants, ...moneyPlants, ...hallPlants, ...databasePlants];
