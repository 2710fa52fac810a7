// Who fits whom: the pairs of a queue, longest wait first. Pure.

/** One person who waits. */
export interface Place {
  userId: string;
  preset: string;
  /** Null: anything is fine. */
  topic: string | null;
  language: string | null;
  /** ms */
  waitingSince: number;
}

/** Two places that fit. */
export interface Pair {
  /** Who waited longer. */
  waiting: Place;
  joining: Place;
}

const agree = (one: string | null, other: string | null): boolean => one === null || other === null || one === other;

/** Whether two people would have the same call: the same terms, and no wish against the other's. */
export function fits(one: Place, other: Place): boolean {
  return one.preset === other.preset && agree(one.topic, other.topic) && agree(one.language, other.language);
}

/**
 * @param places in the order of waiting
 * @param most how many pairs at most
 * @returns each person in at most one pair; everybody gets the one who has waited longest among those who fit
 */
export function pairUp(places: readonly Place[], most: number): Pair[] {
  const pairs: Pair[] = [];
  const open: Place[] = [];
  for (const joining of places) {
    if (pairs.length === most) break;
    const index = open.findIndex((waiting) => fits(waiting, joining));
    if (index === -1) {
      open.push(joining);
      continue;
    }
    const [waiting] = open.splice(index, 1) as [Place];
    pairs.push({ waiting, joining });
  }
  return pairs;
}
