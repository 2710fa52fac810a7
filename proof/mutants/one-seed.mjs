// In a worker of the tests: stories that draw at random draw the same for every mutant.
import fc from "fast-check";

fc.configureGlobal({ seed: 7 });
