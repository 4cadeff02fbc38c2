# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034 # Backquotes are MySQL's; steps use what is set here.
# Says whether the copy is the database: every object, every account and every row, read from source and target the same way. Only
# what comes from here may be published to the app. It must not change the data of either side, must not say anything of the data
# but counts, and is never repeated until it fits.

# The accounts: what each is and may, without what the copy has for its own ends. Hashes of passwords are hashed again.
describe_accounts() {
  "$1" --force | sed -E -e 's/ ACCOUNT (UN)?LOCK PASSWORD HISTORY / PASSWORD HISTORY /' \
    -e 's/"scalingtier": "(locked|copied)"(, )?//' -e "s/, \}/}/" -e "s/ ATTRIBUTE '\{\}'\$//" |
    python3 -c '
import hashlib, sys
for line in sys.stdin.buffer:
    account = line[12:].split(b" IDENTIFIED ")[0] if line.startswith(b"CREATE USER ") else line.rstrip().split(b" TO ")[-1]
    sort = "account" if line.startswith(b"CREATE USER ") else "right " + hashlib.sha256(line.rstrip()).hexdigest()[:12] + " of"
    print(sort, account.decode("utf-8", "replace"), hashlib.sha256(line.rstrip()).hexdigest(), sep="\t")'
}

# Everything of one side.
everything() {
  client "$1" --database="$DATABASE" <"$FOLDER/everything.sql"
  describe_accounts "$2" <"$FOLDER/accounts.sql"
}

on_both() {
  everything on_target target_mysql >"$FOLDER/target.lines" &
  READER=$!
  everything on_source source_mysql >"$FOLDER/source.lines"
  wait "$READER"
  for side in source target; do LC_ALL=C sort "$FOLDER/$side.lines" >"$FOLDER/$side"; done
  # What was read is the database only if nobody came in between.
  refuse_unless_frozen
  if ! cmp -s "$FOLDER/source" "$FOLDER/target"; then fail "VerificationMismatch: $(differences)"; fi
}

# Objects and accounts; sets OBJECTS, to a hash of them.
compare_objects() {
  if [ "$(release_of "$SOURCE_VERSION")" = "$(release_of "$TARGET_VERSION")" ]; then SAME=1; else SAME=0; fi
  {
    echo 'SET SESSION print_identified_with_as_hex = ON;'
    source_mysql -e "SELECT CONCAT('SHOW CREATE USER ', $ACCOUNT, ';\nSHOW GRANTS FOR ', $ACCOUNT, ';') FROM mysql.user u WHERE $MOVED"
  } >"$FOLDER/accounts.sql"
  inventory >"$FOLDER/everything.sql"
  on_both
  OBJECTS=$(sha256sum <"$FOLDER/source")
}

rows() { awk -F '\t' '$1 == "rows" { rows += $3; tables += 1 } END { printf "%d %.0f", tables, rows }' "$FOLDER/$1"; }

# Rows; sets ROWS, to a hash of them, and COUNTED, to what was compared, as members of a JSON object.
compare_rows() {
  : >"$FOLDER/accounts.sql"
  contents >"$FOLDER/everything.sql"
  on_both
  ROWS=$(sha256sum <"$FOLDER/source")
  counts=$(rows source)
  COUNTED="\"tables\":${counts% *},\"rowsSource\":${counts#* },\"rowsTarget\":$(rows target | cut -d ' ' -f 2),\"checksums\":${counts% *}"
}

fingerprint() { printf '%s %s' "$OBJECTS" "$ROWS" | sha256sum | cut -d ' ' -f 1; }
