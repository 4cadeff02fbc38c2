-- What the app keeps, in PostgreSQL. Run as the app's own role, in the app's own database; the copy of a move brings it along.
CREATE TABLE IF NOT EXISTS notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author text NOT NULL,
  text text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
