# shellcheck shell=sh
# shellcheck disable=SC2154 # The other scripts set what is used.
# Whether the rows of all tables with a key are the same on both sides, while they change. Every row is compared once, in pieces;
# a slot tells which rows have changed since, and these are compared again, when RDS has what was told. So a row that differs
# has either been changed meanwhile, which the slot will tell, or it is wrong. In the freeze only the last of them are left.
# It must say nothing of the data but counts, and nothing but a difference may be called one.

# Messages of the slot that are read at once; a transaction is never cut.
BATCH=${BATCH:-50000}

# The tables and their keys, one line of JSON for each.
list_tables() {
  local_psql "$DATABASE" <<SQL
SET search_path TO '';
$OWN SELECT json_build_object('name', name, 'place', json_build_array(nspname, relname), 'columns', columns, 'keys', keys, 'types', types, 'names', names, 'spaces', spaces)
  FROM own, LATERAL (SELECT string_agg(format('t.%I', attname), ', ' ORDER BY attname) AS columns FROM pg_attribute
      WHERE attrelid = own.oid AND attnum > 0 AND NOT attisdropped) all_columns,
    LATERAL (SELECT json_agg(format('t.%I', attname) ORDER BY place) AS keys, json_agg(attname ORDER BY place) AS names,
        json_agg(format_type(atttypid, atttypmod) ORDER BY place) AS types
      FROM unnest(own.key) WITH ORDINALITY u(attnum, place) JOIN pg_attribute a ON attrelid = own.oid AND a.attnum = u.attnum) key_columns
  WHERE own.key IS NOT NULL AND relpersistence = 'p' ORDER BY name;
SQL
}

# Two clients stay connected, and one program asks both. compare_rows follow|end
compare_rows() {
  list_tables >"$FOLDER/tables"
  for pipe in ask.source told.source ask.target told.target; do
    rm -f "$FOLDER/$pipe"
    mkfifo "$FOLDER/$pipe"
  done
  local_psql "$DATABASE" <"$FOLDER/ask.source" >"$FOLDER/told.source" &
  SOURCE_CLIENT=$!
  target_psql "$DATABASE" <"$FOLDER/ask.target" >"$FOLDER/told.target" &
  TARGET_CLIENT=$!
  status=0
  BATCH=$BATCH python3 "$COMPARER" "$1" "$FOLDER" "$COMPARED" "$PATIENCE" "$REPLICATION" "$CHANGES" || status=$?
  if [ "$status" = 3 ]; then fail "$(cat "$FOLDER/words")"; fi
  wait "$SOURCE_CLIENT"
  wait "$TARGET_CLIENT"
  [ "$status" = 0 ]
}

