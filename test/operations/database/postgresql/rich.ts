/** A database that has something of everything that can move, made as a superuser and an app make it together. */

/** Roles, to be made before the database. */
export const RICH_ROLES = `
CREATE ROLE "Report Readers" NOLOGIN;
CREATE ROLE reader LOGIN PASSWORD 'read' NOINHERIT IN ROLE "Report Readers" CONNECTION LIMIT 7 VALID UNTIL '2099-01-01';
CREATE ROLE "o'neil ""x""" LOGIN PASSWORD 'odd' CREATEDB;
CREATE ROLE owner_of_little NOLOGIN;
CREATE ROLE boss LOGIN CREATEROLE;
GRANT owner_of_little TO boss WITH ADMIN OPTION;
COMMENT ON ROLE reader IS 'reads';
ALTER ROLE reader SET search_path TO "Old Stuff", public, "$user";
ALTER ROLE reader SET log_statement TO 'all';
ALTER ROLE app SET statement_timeout TO '17s';`;

/** Everything in the database. */
export const RICH = String.raw`
COMMENT ON DATABASE app IS 'the app''s own';
ALTER DATABASE app SET timezone TO 'Europe/Lisbon';
ALTER DATABASE app SET default_transaction_isolation TO 'repeatable read';
ALTER DATABASE app SET work_mem TO '5MB';
ALTER ROLE app IN DATABASE app SET application_name TO 'of the app, it''s';
REVOKE ALL ON DATABASE app FROM PUBLIC;
GRANT CONNECT, TEMP ON DATABASE app TO reader;
GRANT CONNECT ON DATABASE app TO "o'neil ""x""" WITH GRANT OPTION;

CREATE EXTENSION pgcrypto;
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE SCHEMA sales AUTHORIZATION app;
CREATE SCHEMA "Old Stuff";
COMMENT ON SCHEMA "Old Stuff" IS 'old; really';
GRANT USAGE ON SCHEMA sales TO "Report Readers";

SET ROLE app;
CREATE TYPE sales.state AS ENUM ('new', 'it''s done', 'Größe');
CREATE TYPE sales.place AS (street text, number int);
CREATE DOMAIN sales.positive AS int CHECK (VALUE > 0);
CREATE TYPE sales.span AS RANGE (subtype = float8);
CREATE TABLE sales.kinds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  a smallint, b int DEFAULT 7, c bigint, d numeric(30, 10), e real, f double precision, g money,
  h text COLLATE "C", i varchar(10), j char(5), k bytea, l timestamp, m timestamptz, n date, o time, p timetz, q interval,
  r boolean, s sales.state, t point, u line, v box, w path, x polygon, y circle, z cidr, aa inet, ab macaddr, ac bit(3),
  ad varbit, ae tsvector, af tsquery, ag uuid DEFAULT gen_random_uuid(), ah json, ai jsonb, aj int[], ak text[][],
  al sales.place, am int4range, an nummultirange, ao pg_lsn, ap sales.positive, aq hstore, ar citext, at regclass,
  au int GENERATED ALWAYS AS (b * 2) STORED, av sales.span, gone int);
ALTER TABLE sales.kinds DROP COLUMN gone;
INSERT INTO sales.kinds (a, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af, ah, ai, aj, ak, al, am, an, ao, ap, aq, ar, at, av)
SELECT -i, 9000000000000000000 - i, i / 7.0, i / 3.0, 'NaN', i, E'tab\t nl\n \\ ''' || i, 'ü' || i, 'x', decode('00ff27', 'hex'),
  'infinity', '2024-03-31 01:30+00', '0044-03-15 BC', '24:00', '12:00+13', '-1 year 3 days 00:00:00.000001', i % 2 = 0, 'it''s done', '(1.5,2)',
  '{1,2,3}', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),2>', '10.0.0.0/8', '::1', '08:00:2b:01:02:03', B'101', B'1',
  to_tsvector('english', 'the fat cats'), 'fat & cat', '{"b": 1, "a": [null]}', '{"b": 1, "a": 2}', '{1,NULL,3}', '{{"a,b","c"},{"\"",""}}',
   ROW('Main "St"', i)::sales.place, '[1,5)', '{[1,2),[3,4)}', '16/B374D848', i, 'a=>1, b=>NULL', 'CaSe', 'sales.kinds', '[1.5,2.5)'
FROM generate_series(1, 300) i;

CREATE TABLE sales."Übung ""q"" 'x'" ("Key" int PRIMARY KEY, "a b" text UNIQUE, "select" int DEFAULT 3 CHECK ("select" > 0));
INSERT INTO sales."Übung ""q"" 'x'" SELECT i, 'v' || i FROM generate_series(1, 50) i;
CREATE TABLE sales.orders (id serial PRIMARY KEY, kind bigint REFERENCES sales.kinds, placed date NOT NULL, total numeric DEFAULT 0);
INSERT INTO sales.orders (kind, placed, total) SELECT 1 + i % 300, date '2024-01-01' + i, i FROM generate_series(1, 1000) i;
CREATE INDEX ON sales.orders (placed) WHERE total > 10;
CREATE INDEX orders_lower ON sales.orders USING btree ((total::text || 'x'), placed DESC NULLS LAST);
CREATE STATISTICS sales.together ON kind, placed FROM sales.orders;
COMMENT ON COLUMN sales.orders.total IS 'without tax';
CREATE TABLE sales.no_key (what text, n int);
INSERT INTO sales.no_key SELECT 'same', 1 FROM generate_series(1, 20);
CREATE UNLOGGED TABLE sales.fast (n int);
INSERT INTO sales.fast VALUES (1), (2);
CREATE TABLE sales.nothing ();
CREATE TABLE sales.events (at timestamptz NOT NULL, what text, PRIMARY KEY (at)) PARTITION BY RANGE (at);
CREATE TABLE sales.events_2024 PARTITION OF sales.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE sales.events_rest PARTITION OF sales.events DEFAULT;
INSERT INTO sales.events SELECT timestamptz '2024-06-01' + i * interval '1 day', 'e' || i FROM generate_series(1, 400) i;
CREATE TABLE sales.parent (id int PRIMARY KEY, note text);
CREATE TABLE sales.child (extra text) INHERITS (sales.parent);
INSERT INTO sales.parent VALUES (1, 'p');
INSERT INTO sales.child VALUES (2, 'c', 'x');
CREATE SEQUENCE sales.steps INCREMENT -5 START -10 MINVALUE -1000 MAXVALUE -1 CYCLE;
SELECT nextval('sales.steps'), nextval('sales.steps');
CREATE SEQUENCE sales.untouched START 77;
CREATE VIEW sales.totals WITH (security_barrier) AS SELECT kind, sum(total) AS total FROM sales.orders GROUP BY kind;
CREATE FUNCTION sales.price(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 3';
CREATE INDEX by_price ON sales.orders (sales.price(id));
CREATE FUNCTION sales.sql_body(n int) RETURNS int BEGIN ATOMIC SELECT n + 1; END;
CREATE PROCEDURE sales.nap() LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;
CREATE AGGREGATE sales.many(int) (sfunc = int4pl, stype = int);
CREATE FUNCTION sales.stamp() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
  -- SET SESSION AUTHORIZATION "nobody";
  NEW.total := coalesce(NEW.total, 0); RETURN NEW; END $f$;
CREATE TRIGGER stamp BEFORE INSERT ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.stamp();
CREATE TRIGGER asleep BEFORE UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.stamp();
ALTER TABLE sales.orders DISABLE TRIGGER asleep;
CREATE RULE quiet AS ON DELETE TO sales.no_key DO INSTEAD NOTHING;
CREATE TABLE sales.secret (owner name DEFAULT current_user, what text);
INSERT INTO sales.secret VALUES ('app', 'mine'), ('somebody', 'theirs');
ALTER TABLE sales.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE sales.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON sales.secret TO app, reader USING (owner = current_user);
GRANT SELECT ON sales.orders TO "Report Readers" WITH GRANT OPTION;
GRANT SELECT (what), UPDATE (n) ON sales.no_key TO reader;
REVOKE EXECUTE ON FUNCTION sales.price(int) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO "Report Readers";
SELECT lo_from_bytea(50000, decode(repeat('00ff10', 200000), 'hex')), lo_from_bytea(50001, ''), lo_from_bytea(50002, 'small');
GRANT SELECT ON LARGE OBJECT 50002 TO reader;
RESET ROLE;

SET ROLE "Report Readers";
GRANT SELECT ON sales.orders TO "o'neil ""x""";
RESET ROLE;
CREATE TABLE "Old Stuff".of_the_superuser (id int PRIMARY KEY, note text DEFAULT 'x');
INSERT INTO "Old Stuff".of_the_superuser VALUES (1), (2);
GRANT ALL ON "Old Stuff".of_the_superuser TO app;
GRANT USAGE ON SCHEMA "Old Stuff" TO app;
CREATE TABLE "Old Stuff".of_another (id int);
ALTER TABLE "Old Stuff".of_another OWNER TO owner_of_little;
CREATE TABLE public.plain (id int PRIMARY KEY);
ALTER TABLE public.plain OWNER TO owner_of_little;
GRANT INSERT ON public.plain TO app;
CREATE MATERIALIZED VIEW "Old Stuff".sums AS SELECT count(*) AS n FROM sales.orders;
CREATE INDEX ON "Old Stuff".sums (n);
CREATE MATERIALIZED VIEW sales.later AS SELECT 1 AS one WITH NO DATA;
ALTER MATERIALIZED VIEW sales.later OWNER TO app;
CREATE FUNCTION public.definer() RETURNS name LANGUAGE sql SECURITY DEFINER SET search_path TO pg_catalog AS 'SELECT current_user';
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT INSERT ON TABLES TO app;
SELECT lo_from_bytea(50003, 'of the superuser');
CREATE PUBLICATION orders_only FOR TABLE sales.orders;
ANALYZE;`;
