# shellcheck shell=sh
# What roles and a database are apart from the contents: attributes, memberships, rights on the database, settings. It comes
# after what says how the two sides differ, and must not let anybody connect who could not before.

# What a role is, and whose member. Statements with passwords go from client to client only.
describe_roles() {
  end_memberships
  ask_source >"$FOLDER/roles.sql" <<SQL
$MOVED SELECT format('ALTER ROLE %I %s %s %s %s CONNECTION LIMIT %s VALID UNTIL %L %s; ALTER ROLE %1\$I RESET ALL;', rolname, $ROLE_LOGIN,
    CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END,
    CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END, rolconnlimit, coalesce(rolvaliduntil, 'infinity'), $ROLE_PASSWORD)
  FROM $ROLES JOIN moved USING (oid) ORDER BY rolname;
$MOVED SELECT format('GRANT %I TO %I', g.rolname, r.rolname) || CASE
    WHEN :major >= 16 THEN format(' WITH ADMIN %s, INHERIT %s, SET %s', bool_or(m.admin_option)::text,
      bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit))::text,
      bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))::text)
    WHEN bool_or(m.admin_option) THEN ' WITH ADMIN OPTION' ELSE '' END || ';'
  FROM moved JOIN pg_auth_members m ON m.member = moved.oid JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
  WHERE g.oid NOT IN (SELECT oid FROM pg_roles WHERE $BECOMES_MASTER) GROUP BY g.rolname, r.rolname ORDER BY g.rolname, r.rolname;
SQL
  { echo 'BEGIN;' && cat "$FOLDER/roles.sql" && echo 'COMMIT;'; } | target_psql postgres
  rm -f "$FOLDER/roles.sql"
}

# The rights on the database itself, and its limit of connections from before the freeze.
describe_database() {
  ask_source >"$FOLDER/database.sql" <<SQL
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC;', current_database());
$MOVED SELECT format('GRANT %s ON DATABASE %I TO %s%s;', privilege_type, datname, coalesce(quote_ident(r.rolname), 'PUBLIC'),
    CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
  FROM pg_database d, aclexplode($ACCESS) LEFT JOIN pg_roles r ON r.oid = grantee
  WHERE datname = current_database() AND (grantee = 0 OR grantee IN (SELECT oid FROM moved)) AND grantee <> datdba;
SQL
  target_psql postgres <"$FOLDER/database.sql"
  limit_connections
}

# Settings of the database and of roles, one by one: what the target keeps for itself is left out, and named.
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
  target_psql postgres -v ON_ERROR_STOP=0 <"$FOLDER/settings.sql" >"$FOLDER/settings.refused"
  while read -r refused; do progress "$TARGET_NAME does not take this setting, it was left out: $refused"; done <"$FOLDER/settings.refused"
}
