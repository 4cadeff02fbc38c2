# shellcheck shell=sh
# shellcheck disable=SC2034 # Steps use what is set here.
# Says whether the copy is the database: every object, every row, every sequence and large object, read from source and
# target the same way. Only what comes from here may be published to the app. It must not change either side, must not
# say anything of the data but counts, and is never repeated until it fits.

# The inventory: one line for each object, with its sort, its name and a hash of what it is. Owners and grantees that are
# superusers, or the master user in their place, count as one. Texts that PostgreSQL words anew in each version are compared
# between equal versions only.
inventory() {
  cat <<'SQL'
WITH extended AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), spaces AS (
  SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND ('pg_namespace'::regclass, oid) NOT IN (SELECT * FROM extended)
), relations AS (
  SELECT c.*, format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN spaces s ON s.oid = relnamespace
    WHERE ('pg_class'::regclass, c.oid) NOT IN (SELECT * FROM extended)
), functions AS (
  SELECT p.*, p.oid::regprocedure::text AS name FROM pg_proc p JOIN spaces s ON s.oid = pronamespace
    WHERE ('pg_proc'::regclass, p.oid) NOT IN (SELECT * FROM extended)
), types AS (
  SELECT t.*, format('%I.%I', nspname, typname) AS name FROM pg_type t JOIN spaces s ON s.oid = typnamespace
    WHERE typtype IN ('d', 'e', 'r') AND ('pg_type'::regclass, t.oid) NOT IN (SELECT * FROM extended)
), who AS (
  SELECT oid, CASE WHEN :becomes_master OR rolname = :'master' THEN '*' ELSE quote_ident(rolname) END AS name FROM pg_roles
  UNION ALL SELECT 0, 'PUBLIC'
), rights(sort, name, owner, acl) AS (
  SELECT 'schema', quote_ident(nspname), nspowner, coalesce(nspacl, acldefault('n', nspowner)) FROM spaces UNION ALL
  SELECT 'relation', name, relowner, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
    FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'S') UNION ALL
  SELECT 'column', format('%s.%I', name, attname), relowner, attacl FROM relations r JOIN pg_attribute a ON attrelid = r.oid
    WHERE attnum > 0 AND NOT attisdropped AND attacl IS NOT NULL UNION ALL
  SELECT 'function', name, proowner, coalesce(proacl, acldefault('f', proowner)) FROM functions UNION ALL
  SELECT 'type', name, typowner, coalesce(typacl, acldefault('T', typowner)) FROM types UNION ALL
  SELECT 'large object', l.oid::text, lomowner, coalesce(lomacl, acldefault('L', lomowner)) FROM pg_largeobject_metadata l UNION ALL
  SELECT 'new ' || defaclobjtype::text, who.name || coalesce(' in ' || quote_ident(nspname), ''), defaclrole, defaclacl
    FROM pg_default_acl JOIN who ON who.oid = defaclrole AND who.name <> '*' LEFT JOIN spaces s ON s.oid = defaclnamespace UNION ALL
  SELECT 'database', '', datdba, :access FROM pg_database d WHERE datname = current_database()
), items(sort, name, value) AS (
  SELECT 'schema', quote_ident(nspname), who.name FROM spaces JOIN who ON who.oid = nspowner
  UNION ALL
  SELECT 'relation', r.name, concat_ws('|', relkind, relpersistence, who.name, relrowsecurity, relforcerowsecurity, relreplident,
      CASE WHEN relkind = 'm' THEN relispopulated END, (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(reloptions) o),
      pg_get_expr(relpartbound, r.oid), CASE WHEN relkind = 'p' THEN pg_get_partkeydef(r.oid) END,
      (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = r.oid),
      CASE WHEN relkind IN ('v', 'm') AND :same THEN pg_get_viewdef(r.oid) END)
    FROM relations r JOIN who ON who.oid = relowner
  UNION ALL
  SELECT 'column', format('%s.%I', name, attname), concat_ws('|', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
      attcollation::regcollation, CASE WHEN :same THEN pg_get_expr(adbin, adrelid) ELSE (adbin IS NOT NULL)::text END)
    FROM relations r JOIN pg_attribute a ON attrelid = r.oid LEFT JOIN pg_attrdef ON adrelid = r.oid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'c')
  UNION ALL
  SELECT 'index', i.name, concat_ws('|', pg_get_indexdef(indexrelid), indisvalid, indisclustered, indisreplident)
    FROM pg_index JOIN relations i ON i.oid = indexrelid
  UNION ALL
  SELECT 'constraint', format('%s.%I', coalesce(r.name, t.name), conname), concat_ws('|', convalidated, condeferrable, condeferred,
      CASE WHEN :same OR contype <> 'c' THEN pg_get_constraintdef(c.oid) END)
    FROM pg_constraint c LEFT JOIN relations r ON r.oid = conrelid LEFT JOIN types t ON t.oid = contypid
    WHERE coalesce(r.name, t.name) IS NOT NULL AND contype NOT IN ('n', 't')
  UNION ALL
  SELECT 'function', f.name, concat_ws('|', prokind, who.name, prorettype::regtype, provolatile, prosecdef, proisstrict, proparallel, proretset,
      array_to_string(proconfig, ','), prosrc, CASE WHEN prokind <> 'a' AND :same THEN pg_get_functiondef(f.oid) END)
    FROM functions f JOIN who ON who.oid = proowner
  UNION ALL
  SELECT 'trigger', format('%s.%I', r.name, tgname), concat_ws('|', tgenabled, pg_get_triggerdef(t.oid))
    FROM pg_trigger t JOIN relations r ON r.oid = tgrelid WHERE NOT tgisinternal
  UNION ALL
  SELECT 'rule', format('%s.%I', r.name, rulename), concat_ws('|', ev_enabled, CASE WHEN :same THEN pg_get_ruledef(w.oid) END)
    FROM pg_rewrite w JOIN relations r ON r.oid = ev_class WHERE rulename <> '_RETURN'
  UNION ALL
  SELECT 'policy', format('%s.%I', r.name, polname), concat_ws('|', polcmd, polpermissive,
      (SELECT string_agg(who.name, ',' ORDER BY who.name) FROM who WHERE who.oid = ANY (polroles)),
      CASE WHEN :same THEN concat_ws('|', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) END)
    FROM pg_policy JOIN relations r ON r.oid = polrelid
  UNION ALL
  SELECT 'sequence', r.name, concat_ws('|', seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle)
    FROM pg_sequence JOIN relations r ON r.oid = seqrelid
  UNION ALL
  SELECT 'type', t.name, concat_ws('|', typtype, who.name, typnotnull, typdefault, format_type(nullif(typbasetype, 0), typtypmod),
      (SELECT string_agg(quote_literal(enumlabel), ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
      (SELECT rngsubtype::regtype::text FROM pg_range WHERE rngtypid = t.oid))
    FROM types t JOIN who ON who.oid = typowner
  UNION ALL
  SELECT 'statistics', format('%I.%I', nspname, stxname), pg_get_statisticsobjdef(x.oid) FROM pg_statistic_ext x JOIN spaces s ON s.oid = stxnamespace
  UNION ALL
  SELECT 'extension', quote_ident(extname), nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
  UNION ALL
  SELECT o.type, o.identity, '' FROM (
      SELECT 'pg_operator'::regclass AS class, oid FROM pg_operator UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation UNION ALL
      SELECT 'pg_conversion'::regclass, oid FROM pg_conversion UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast UNION ALL
      SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict UNION ALL
      SELECT 'pg_publication'::regclass, oid FROM pg_publication) c, pg_identify_object(class, c.oid, 0) o
    WHERE c.oid >= 16384 AND (class, c.oid) NOT IN (SELECT * FROM extended)
  UNION ALL
  SELECT 'comment', concat_ws(' ', o.type, o.identity), description FROM pg_description, pg_identify_object(classoid, objoid, objsubid) o
    WHERE objoid >= 16384 AND (classoid, objoid) NOT IN (SELECT * FROM extended) AND classoid <> 'pg_extension'::regclass
  UNION ALL
  SELECT 'rights of ' || r.sort, r.name, string_agg(format('%s %s %s by %s', e.name, privilege_type, is_grantable, o.name), ',' ORDER BY e.name, privilege_type, o.name)
    FROM rights r, aclexplode(acl) JOIN who e ON e.oid = grantee JOIN who o ON o.oid = grantor
    WHERE grantee <> r.owner AND e.name <> '*' AND privilege_type <> 'MAINTAIN' GROUP BY r.sort, r.name
)
SELECT sort, translate(name, E'\t\n\r', '   '), md5(value) FROM items;
SQL
}

# Which tables are read as a whole here. After a replication all rows were compared before, and what had changed since at its
# end: then it is those without a key, which were not, and the smallest, as many as the freeze has time for.
chosen_tables() {
  if [ "${METHOD:-DumpRestore}" != LogicalReplication ]; then
    echo 'CREATE TEMP VIEW chosen AS SELECT NULL::text[] AS names;'
    return
  fi
  source_psql "$DATABASE" -v limit="$FROZEN_BYTES" <<SQL
SET search_path TO '';
$OWN SELECT format('CREATE TEMP VIEW chosen AS SELECT %L::text[] AS names;', coalesce(array_agg(name), '{}')) FROM (
  SELECT name, key, sum(pg_table_size(oid)) OVER (ORDER BY key IS NOT NULL, pg_table_size(oid), name) AS bytes FROM own
) sized WHERE key IS NULL OR bytes <= :limit;
SQL
}

# Everything of one side.
everything() {
  begin_reading
  inventory
  chosen_tables
  contents
  echo 'ROLLBACK;'
}

rows_of() { awk -F '\t' '$1 == "rows" && $2 != "large objects" { rows += $3; tables += 1 } END { printf "%d %.0f", tables, rows }' "$FOLDER/$1"; }

# Sets COMPARISON, to what was compared, as members of a JSON object.
compare_databases() {
  doing 'compare the databases'
  refuse_unless_frozen
  if [ "$(major_of source_psql)" = "$TARGET_MAJOR" ]; then SAME=true; else SAME=false; fi
  everything >"$FOLDER/everything.sql"
  if [ "${METHOD:-DumpRestore}" = LogicalReplication ]; then ROWS_LIMIT=9223372036854775807; fi
  read_both "$DATABASE" "$FOLDER/everything.sql" -v same="$SAME" -v master="$SECRET_USER" -v becomes_master="$BECOMES_MASTER" -v access="$ACCESS"
  [ "$SOURCE_READ" = true ]
  for side in source target; do sort "$FOLDER/$side.lines" >"$FOLDER/$side"; done
  # What was read is the database only if nobody came in between.
  refuse_unless_frozen
  if ! cmp -s "$FOLDER/source" "$FOLDER/target"; then fail "VerificationMismatch: $(differences)"; fi
  counts=$(rows_of source)
  fingerprint=$(sha256sum <"$FOLDER/source")
  COMPARISON="\"tables\":${counts% *},\"rowsSource\":${counts#* },\"rowsTarget\":$(rows_of target | cut -d ' ' -f 2),\"checksums\":${counts% *},\"fingerprint\":\"${fingerprint%% *}\""
}
