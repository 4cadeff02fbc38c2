# shellcheck shell=sh
# Which roles a server must have before a database comes back from RDS: RDS shows no passwords, so those that log in have to
# be there, and keep the passwords that they have. It must change nothing.

# What is wrong with the roles of the server, one sentence for each sort.
role_problems() {
  {
    echo 'CREATE TEMP TABLE wanted (name name, logs_in boolean, is_master boolean);'
    ask_source <<SQL
$MOVED SELECT format('INSERT INTO wanted VALUES (%L, %L, false);', rolname, rolcanlogin) FROM pg_roles JOIN moved USING (oid);
SELECT format('INSERT INTO wanted VALUES (%L, false, true);', current_user);
SQL
    cat <<SQL
SELECT 'these roles log in to RDS and are not on the server, and RDS shows no passwords; CREATE ROLE ... LOGIN PASSWORD ... on the server: '
  || string_agg(name, ', ' ORDER BY name) FROM wanted WHERE logs_in AND name NOT IN (SELECT rolname FROM pg_roles) HAVING count(*) > 0;
SELECT 'these roles log in to RDS, and neither log in nor have a password on the server; ALTER ROLE ... LOGIN PASSWORD ... on the server: ' || string_agg(name, ', ' ORDER BY name)
  FROM wanted JOIN pg_authid ON rolname = name WHERE logs_in AND NOT rolcanlogin AND rolpassword IS NULL HAVING count(*) > 0;
SELECT 'these roles are superusers on the server and were none on RDS; ALTER ROLE ... NOSUPERUSER, or rename them: ' || string_agg(name, ', ' ORDER BY name)
  FROM wanted JOIN pg_roles ON rolname = name WHERE rolsuper AND NOT is_master HAVING count(*) > 0;
SELECT 'a role on the server has the name of the master user of RDS and is none of ours; rename or drop it: ' || name
  FROM wanted JOIN pg_roles ON rolname = name WHERE is_master AND NOT $BECOMES_MASTER;
SQL
  } >"$FOLDER/wanted.sql"
  target_psql postgres <"$FOLDER/wanted.sql"
}
