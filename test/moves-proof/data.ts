/** What an app's database may hold besides notes, as SQL of the app's own role. */

/** So many rows of 1 KB that no compression makes small. */
export const rows = (count: number): string => `
CREATE TABLE entries (id bigint PRIMARY KEY, content text NOT NULL);
INSERT INTO entries SELECT n, (SELECT string_agg(md5(n || ' ' || part), '') FROM generate_series(1, 32) part)
  FROM generate_series(1, ${count}) n;
`;

/** A table in which rows are alike, and nothing tells them apart. */
export const WITHOUT_KEY = `
CREATE TABLE clicks (page text, at date);
INSERT INTO clicks SELECT 'page ' || n % 7, '2026-01-01' FROM generate_series(1, 5000) n;
`;

/** Values that stand in no table: large objects, and sequences that have gone on. */
export const BESIDE_TABLES = `
SELECT lo_from_bytea(0, decode(repeat('ab', 100000), 'hex')) FROM generate_series(1, 5);
CREATE SEQUENCE tickets INCREMENT 7;
SELECT nextval('tickets') FROM generate_series(1, 1000);
CREATE SEQUENCE untouched START 50;
`;

/** Names, types and relations that could get lost. */
export const STRANGE = `
CREATE SCHEMA "Weird schema";
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE "Weird schema"."things ; --" (id serial PRIMARY KEY, "Weird name" text, amount numeric, raw bytea, day date, mood mood);
INSERT INTO "Weird schema"."things ; --" ("Weird name", amount, raw, day, mood)
  SELECT E'thing\\t' || n, n / 7.0, decode(md5(n::text), 'hex'), '2026-01-01'::date + n, 'ok' FROM generate_series(1, 5000) n;
CREATE TABLE parts (thing int REFERENCES "Weird schema"."things ; --", part int, twice int GENERATED ALWAYS AS (part * 2) STORED)
  PARTITION BY RANGE (part);
CREATE TABLE low_parts PARTITION OF parts FOR VALUES FROM (0) TO (500);
CREATE TABLE other_parts PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT n, n FROM generate_series(1, 1000) n;
CREATE VIEW big_things AS SELECT * FROM "Weird schema"."things ; --" WHERE amount > 500;
CREATE MATERIALIZED VIEW sums AS SELECT sum(amount) FROM big_things;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.day := now(); RETURN NEW; END $$;
CREATE TRIGGER stamped BEFORE UPDATE ON "Weird schema"."things ; --" FOR EACH ROW EXECUTE FUNCTION stamp();
`;

/** A column that is computed anew where it is restored, and comes out different there: the function lies about being immutable. */
export const LYING_COLUMN = `
CREATE FUNCTION here() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT current_user::text $$;
CREATE TABLE places (id int PRIMARY KEY, place text GENERATED ALWAYS AS (here()) STORED);
INSERT INTO places SELECT n FROM generate_series(1, 100) n;
`;

/** A few rows with a key, and a table in parts that may get more of them. */
export const SHELVES = `
CREATE TABLE shelf (id int PRIMARY KEY, book int);
INSERT INTO shelf SELECT n, n FROM generate_series(1, 100) n;
CREATE TABLE shelves (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE early_shelves PARTITION OF shelves FOR VALUES FROM (0) TO (500);
INSERT INTO shelves SELECT n FROM generate_series(0, 99) n;
`;
