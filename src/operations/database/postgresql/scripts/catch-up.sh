# shellcheck shell=sh
# shellcheck disable=SC2034 # Steps use what is set here.
# Makes the copy on RDS whole once the database is frozen: what was written last, compared; then what replication does not
# carry: sequences, large objects, roles, settings. Its work does not grow with the database. It must end the replication
# before anybody may log in on RDS, and must not do so before both sides are equal.

# Each side goes on where the other was.
copy_sequences() {
  ask_source >"$FOLDER/sequences.sql" <<'SQL'
SELECT format('SELECT format(%L, last_value, is_called) FROM %s;', format('SELECT setval(%L, %%s, %%L);', c.oid::regclass), c.oid::regclass)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'S' AND nspname !~ '^pg_' \gexec
SQL
  target_psql "$DATABASE" -f "$FOLDER/sequences.sql" >/dev/null
}

# Page by page, with owners, rights and words; in one transaction, so that a second run finds all or nothing.
copy_large_objects() {
  if [ "$(ask_source -c 'SELECT count(*) FROM pg_largeobject_metadata')" = 0 ]; then return; fi
  ask_source >"$FOLDER/objects.sql" <<SQL
SELECT format('SELECT lo_create(%s);', oid) FROM pg_largeobject_metadata;
SELECT format('SELECT lo_put(%s, %s, %L);', loid, pageno::bigint * 2048, data) FROM pg_largeobject ORDER BY loid, pageno;
SELECT format('ALTER LARGE OBJECT %s OWNER TO %I;', l.oid, CASE WHEN lomowner IN (SELECT oid FROM pg_roles WHERE $BECOMES_MASTER) THEN :'master' ELSE rolname END)
  || coalesce(format(' COMMENT ON LARGE OBJECT %s IS %L;', l.oid, obj_description(l.oid, 'pg_largeobject')), '')
  FROM pg_largeobject_metadata l JOIN pg_roles r ON r.oid = lomowner;
SELECT format('GRANT %s ON LARGE OBJECT %s TO %s %s;', privilege_type, l.oid, coalesce(quote_ident(r.rolname), 'PUBLIC'), CASE WHEN is_grantable THEN 'WITH GRANT OPTION' END)
  FROM pg_largeobject_metadata l, aclexplode(lomacl) LEFT JOIN pg_roles r ON r.oid = grantee WHERE grantee <> lomowner AND grantee NOT IN (SELECT oid FROM pg_roles WHERE $BECOMES_MASTER);
SQL
  { echo 'BEGIN; SELECT lo_unlink(oid) FROM pg_largeobject_metadata;' && cat "$FOLDER/objects.sql" && echo 'COMMIT;'; } | target_psql "$DATABASE" >/dev/null
  rm -f "$FOLDER/objects.sql"
}

# None of it needs a row, and none of it lets anybody in: it is done beside the comparison, because the app waits.
make_accounts() {
  make_roles
  describe_roles
  replace_superusers "$DATABASE"
  describe_database
}

# What was otherwise on RDS as long as rows came from elsewhere.
put_back_tables() {
  {
    ask_source -c "SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', oid::regclass) FROM pg_class WHERE relforcerowsecurity"
    ask_source -c "$OWN SELECT format('ALTER TABLE %s REPLICA IDENTITY %s;', name, CASE relreplident WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END)
      FROM own WHERE relreplident = 'n' OR (key IS NULL AND relreplident = 'd')"
  } >"$FOLDER/tables.sql"
  target_psql "$DATABASE" -f "$FOLDER/tables.sql"
}

refuse_unless_compared() {
  # There is no such file once the replication has ended, so that a copy that serves is never touched.
  if [ ! -e "$FOLDER/equal" ] && [ ! -e "$COMPARED" ]; then fail "$NOT_COMPARED"; fi
}

# Sets EQUAL, to what was compared, as members of a JSON object.
catch_up() {
  make_accounts &
  accounts=$!
  if [ ! -e "$FOLDER/equal" ]; then
    doing 'compare what was written last'
    compare_rows end
    mv "$FOLDER/compared" "$FOLDER/equal"
  fi
  EQUAL=$(cat "$FOLDER/equal")
  doing 'end the replication on RDS'
  drop_subscription
  drop_publisher &
  publisher=$!
  doing 'copy the sequences'
  copy_sequences
  doing 'make the roles on RDS'
  # Large objects get owners.
  wait "$accounts"
  doing 'copy what replication does not carry'
  copy_large_objects
  copy_settings
  doing 'end the replication on the server'
  wait "$publisher"
  put_back_tables
  doing 'end the copy'
  refuse_unless_frozen
  open_roles
}
