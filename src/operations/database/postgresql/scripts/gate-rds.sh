# shellcheck shell=sh
# shellcheck disable=SC2034 # The freeze uses what is set here.
# How a database on RDS is closed: by the right to connect, which all lose but the master user. A limit of connections would
# shut out the master user too, and a role without LOGIN may be on its way in already. It must not forget who had the right,
# and must change nothing when the database is closed already.

# Whom the freeze ends, and whom it cannot refuse.
GUESTS='NOT coalesce(rolsuper, false)' RETURNER='master user'

# Who had the right stands in the database's comment: settings of our own are a superuser's. One transaction: neither is
# there without the other.
close_database() {
  join_roles
  if is_frozen; then return; fi
  : >"$FOLDER/begun"
  source_psql postgres >/dev/null <<SQL
BEGIN;
SELECT format('COMMENT ON DATABASE %I IS %L', datname, concat_ws('; ',
    nullif(regexp_replace(coalesce(shobj_description(oid, 'pg_database'), ''), '(; )?$CLOSED.*\$', ''), ''), '$CLOSED' || $ACCESS::text))
  FROM pg_database d WHERE datname = '$DATABASE' \gexec
SELECT DISTINCT format('REVOKE CONNECT ON DATABASE %I FROM %s CASCADE', datname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
  FROM pg_database d, aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = '$DATABASE' AND privilege_type = 'CONNECT' \gexec
GRANT CONNECT ON DATABASE "$DATABASE" TO CURRENT_USER;
COMMIT;
SQL
  others=$(admitted)
  if [ -n "$others" ]; then
    fail "roles are members of the master user and cannot be kept out of the database \"$DATABASE\": $others; nothing was changed"
  fi
}

# Gives everybody the right to connect as it was, each from the one who gave it; without a freeze it changes nothing.
release() {
  if ! is_closed; then return; fi
  source_psql postgres >/dev/null <<SQL
BEGIN;
REVOKE CONNECT ON DATABASE "$DATABASE" FROM CURRENT_USER CASCADE;
SELECT format('SET LOCAL ROLE %I', pg_get_userbyid(grantor)),
    format('GRANT CONNECT ON DATABASE %I TO %s %s', datname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
      CASE WHEN is_grantable THEN 'WITH GRANT OPTION' END),
    'RESET ROLE'
  FROM pg_database d, unnest($ACCESS) WITH ORDINALITY entry(item, place), aclexplode(ARRAY[item])
  WHERE datname = '$DATABASE' AND privilege_type = 'CONNECT' ORDER BY place \gexec
SELECT format('COMMENT ON DATABASE %I IS %L', datname, nullif(regexp_replace(shobj_description(oid, 'pg_database'), '(; )?$CLOSED.*\$', ''), ''))
  FROM pg_database WHERE datname = '$DATABASE' \gexec
COMMIT;
SQL
}

# A session that is just being made may have read the old rights and is not in the list of sessions yet, but holds a lock on
# the database until it is.
await_sessions_in_the_making() {
  deadline=$(($(seconds) + 60))
  until [ "$(
    source_psql postgres <<SQL
SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_database'::regclass AND pid <> pg_backend_pid()
  AND objid = (SELECT oid FROM pg_database WHERE datname = '$DATABASE');
SQL
  )" = 0 ]; do
    if [ "$(seconds)" -gt "$deadline" ]; then fail "somebody is about to connect to the database \"$DATABASE\" for a minute; nothing was changed"; fi
    sleep 0.2
  done
}

# The role without rights that a freeze is proven with; one that was cut off leaves it.
PROBE=scalingtier_probe
drop_probe() { [ -z "${SECRET_PASSWORD:-}" ] || source_psql postgres -c "DROP ROLE IF EXISTS $PROBE"; }

# A role that has no rights of its own tries to connect; that nobody else has any says the catalog.
prove() {
  key=$(python3 -c 'import secrets; print(secrets.token_hex(24))')
  drop_probe
  source_psql postgres <<SQL
CREATE ROLE $PROBE LOGIN PASSWORD '$key';
SQL
  if said=$( (
    SECRET_USER=$PROBE SECRET_PASSWORD=$key
    rds_psql "$DATABASE" -c 'SELECT'
  ) 2>&1); then
    fail "a role without rights can still connect to the database \"$DATABASE\""
  fi
  case $said in *'permission denied for database'*) PROVEN=connection ;; esac
  drop_probe
  is_frozen
}
