# shellcheck shell=sh
# shellcheck disable=SC2034 # Steps use what is set here.
# Takes the database from the app: from here on nothing that anybody was told is written can be missing from a copy. All accounts but
# the one that we come by are locked, all sessions are ended, and the gate is shut. If that cannot be had and proven, everything is as
# it was before. How the gate is closed comes before this, because a server and RDS have different ones.

# What another operation froze stays frozen.
reopen() {
  if [ -e "$FOLDER/begun" ]; then release; fi
}
undo() { reopen; }

# One that ends by itself meanwhile is no error.
end_sessions() {
  deadline=$(($(seconds) + 60))
  others >"$FOLDER/kill.sql"
  while [ -s "$FOLDER/kill.sql" ]; do
    if [ "$(seconds)" -gt "$deadline" ]; then fail "sessions on $SOURCE_NAME do not end; nothing was changed"; fi
    source_mysql --force <"$FOLDER/kill.sql" || :
    sleep 0.2
    others >"$FOLDER/kill.sql"
  done
}

refuse_prepared() {
  count=$(source_mysql -e 'XA RECOVER' | wc -l)
  if [ "$count" != 0 ]; then
    fail "$((count)) prepared transactions wait for their second phase; XA COMMIT or XA ROLLBACK them; nothing was changed"
  fi
}

# Sets POSITION, of the source's log once nobody can write.
freeze_database() {
  doing 'freeze the database'
  if ! is_frozen; then
    prepare_gate
    : >"$FOLDER/begun"
    lock_accounts
    end_sessions
    refuse_prepared
    shut_gate
  fi
  end_sessions
  doing 'prove that the database is frozen'
  prove
  is_frozen
  POSITION=$(position)
}
