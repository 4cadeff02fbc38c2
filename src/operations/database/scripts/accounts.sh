# shellcheck shell=sh
# What makes a copy on RDS the app's own, and needs the frozen database: what the roles are, the rights on the database, the
# settings, and last the right to log in. Every way to copy shares it. It must run while the database is frozen, and must
# open no role before everything else is there.

# What a role is, but for its right to log in, and whose member. Statements with passwords go from client to client only.
describe_roles() {
  ask_source >"$FOLDER/roles.sql" <<SQL
$MOVED SELECT format('ALTER ROLE %I NOLOGIN %s %s %s CONNECTION LIMIT %s VALID UNTIL %L PASSWORD %s; ALTER ROLE %1\$I RESET ALL;', rolname,
    CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
    CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END, rolconnlimit, coalesce(rolvaliduntil, 'infinity'), coalesce(quote_literal(rolpassword), 'NULL'))
  FROM pg_authid JOIN moved USING (oid) ORDER BY rolname;
$MOVED SELECT format('GRANT %I TO %I', g.rolname, r.rolname) || CASE
    WHEN :major >= 16 THEN format(' WITH ADMIN %s, INHERIT %s, SET %s', bool_or(m.admin_option)::text,
      bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit))::text,
      bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))::text)
    WHEN bool_or(m.admin_option) THEN ' WITH ADMIN OPTION' ELSE '' END || ';'
  FROM moved JOIN pg_auth_members m ON m.member = moved.oid JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
  WHERE NOT g.rolsuper GROUP BY g.rolname, r.rolname ORDER BY g.rolname, r.rolname;
SQL
  { echo 'BEGIN;' && cat "$FOLDER/roles.sql" && echo 'COMMIT;'; } | target_psql postgres
  rm -f "$FOLDER/roles.sql"
}

# The rights on the database itself, and its limit of connections from before the freeze.
describe_database() {
  ask_source -v was="$(remembered_limit)" >"$FOLDER/database.sql" <<SQL
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC; ALTER DATABASE %1\$I CONNECTION LIMIT %s;', current_database(), :'was');
$MOVED SELECT format('GRANT %s ON DATABASE %I TO %s%s;', privilege_type, datname, coalesce(quote_ident(r.rolname), 'PUBLIC'),
    CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
  FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) LEFT JOIN pg_roles r ON r.oid = grantee
  WHERE datname = current_database() AND (grantee = 0 OR grantee IN (SELECT oid FROM moved)) AND grantee <> datdba;
SQL
  target_psql postgres -f "$FOLDER/database.sql"
}

# Settings of the database and of roles, one by one: what RDS keeps for itself is left out, and named.
copy_settings() {
  ask_source >"$FOLDER/settings.sql" <<SQL
$MOVED, settings AS (
  SELECT CASE WHEN setrole = 0 THEN format('DATABASE %I', datname)
      ELSE format('ROLE %I', rolname) || CASE WHEN setdatabase = 0 THEN '' ELSE format(' IN DATABASE %I', datname) END END AS owner,
    split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value
  FROM pg_db_role_setting s CROSS JOIN unnest(setconfig) setting JOIN pg_database d ON datname = current_database()
    LEFT JOIN pg_roles r ON r.oid = setrole
  WHERE NOT starts_with(setting, 'scalingtier.') AND ((setdatabase = d.oid AND (setrole = 0 OR setrole IN (SELECT oid FROM moved))) OR (setdatabase = 0 AND setrole IN (SELECT oid FROM moved)))
)
-- A list is kept as one text, and would become one name.
SELECT CASE WHEN name IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries')
    THEN format('DO %L;', format('BEGIN PERFORM set_config(%L, %L, true); ALTER %s SET %I FROM CURRENT; END', name, value, owner, name))
    ELSE format('ALTER %s SET %s TO %L;', owner, (SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(name, '.')) part), value) END
  || format(E'\n%sif :ERROR\nSELECT %L;\n%1\$sendif', chr(92), format('%s %s', owner, name))
FROM settings ORDER BY owner, name;
SQL
  target_psql postgres -v ON_ERROR_STOP=0 -f "$FOLDER/settings.sql" >"$FOLDER/settings.refused"
  while read -r refused; do progress "RDS keeps this setting for itself, it was left out: $refused"; done <"$FOLDER/settings.refused"
}

open_roles() {
  ask_source >"$FOLDER/open.sql" <<SQL
$MOVED SELECT format('ALTER ROLE %I LOGIN;', rolname) FROM pg_roles JOIN moved USING (oid) WHERE rolcanlogin;
SQL
  { echo 'BEGIN;' && cat "$FOLDER/open.sql" && echo 'COMMIT;'; } | target_psql postgres
}

