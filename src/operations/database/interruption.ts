/** What an interruption consists of beside what a rehearsal can measure. One figure, in one place; nothing else may guess. */

/**
 * Seconds without a database beside copy and comparison: sessions end and the freeze is proven, Systems Manager delivers four commands,
 * and each is noticed when it is over, the catalogs are compared and the roles let in, the pointers are published and the app reads
 * them. Measured with databases of nothing but notes, on two cores that do nothing else: 13 and 15 with PostgreSQL, 10 and 12 with MySQL,
 * in two runs of each; `make test-moves` holds predictions against it.
 */
export const SECONDS_BESIDES = 12;
