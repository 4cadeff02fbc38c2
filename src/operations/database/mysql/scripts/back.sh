# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034 # Backquotes are MySQL's; the steps use what is set here.
# Turns the sides round: the source is RDS, asked by its master user, who is no administrator, and the target is the server. It comes
# after the library. It must not change either side by itself.

SOURCE_NAME=RDS TARGET_NAME='the server'
# The frozen database of the move up, while its place is taken, and the table in it that has what cannot be renamed.
ASIDE=$(printf '%.56s' "$DATABASE")_retired
KEPT=scalingtier_definitions
# Its accounts, meanwhile: nobody comes from such a host.
RETIRED_HOST=.retired.scalingtier
RETIRED="u.Host LIKE '%$RETIRED_HOST'"

# What the freeze of the move up has noted on the server, and whom it would lock there.
LOCKED_UP=$NOTED LOCKABLE_UP=$LOCKABLE
# A freeze on RDS notes in another place: that an account there is a copy of the server's is not to be forgotten.
NOTED="u.User_attributes ->> '\$.metadata.scalingtier_freeze' = 'locked'"
NOTE="'{\"scalingtier_freeze\": \"locked\"}'" NO_NOTE="'{\"scalingtier_freeze\": null}'"
LOCKABLE="account_locked = 'N' AND NOT $OURSELVES AND NOT $SYSTEM"
MOVED="$MOVED AND NOT $RETIRED"

source_mysql() { rds_mysql "$@"; }
target_mysql() { server_mysql "$@"; }
on_source() { on_rds "$@"; }
on_target() { on_local "$@"; }

# The server comes first: the programs are there.
reach_source() {
  reach_server
  reach_rds
  SOURCE_VERSION=$TARGET_VERSION TARGET_VERSION=$SERVER_VERSION
  [ "$(source_mysql -e "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '$DATABASE'")" = 1 ] ||
    fail "there is no database \"$DATABASE\" on RDS; spec.database.name must name the application's database"
}

reach_target() { :; }

# Events of the copy run when it opens.
enable_events() { :; }

# Nobody but us has copied.
refuse_unready_target() { :; }

refuse_unless_it_serves() {
  read_pointer
  if [ "$SERVING" != "$RDS_HOST" ]; then fail "the pointer $POINTER names $SERVING and not $RDS_HOST: RDS does not serve"; fi
}

# An event that the freeze has put to sleep is that of a replica, which people do not make: it needs no other note.
ASLEEP="STATUS LIKE '%SIDE\\_DISABLED'"
replica_in() { if [ "$(release_of "$1")" -ge 804 ]; then echo REPLICA; else echo SLAVE; fi; }
running_events() { source_mysql -e "SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '$DATABASE' AND STATUS = 'ENABLED'"; }

# Frozen: by our own freeze nobody logs in but the master user, and no event writes.
is_frozen() { [ "$(noted)" != 0 ] && [ "$(unlocked)" = 0 ] && [ "$(running_events)" = 0 ]; }

# Sessions of others on RDS, also of the master user. RDS may run without performance schema. One of ours that has just ended may still
# be listed for a moment, and whoever comes back stays.
sessions() {
  looks=50
  while :; do
    found=$(source_mysql -e "SELECT COUNT(*) FROM information_schema.PROCESSLIST
      WHERE ID <> CONNECTION_ID() AND USER NOT LIKE 'rds%' AND USER NOT IN ('event_scheduler', 'system user', 'unauthenticated user')")
    looks=$((looks - 1))
    if [ "$found" = 0 ] || [ $looks -eq 0 ]; then echo "$found" && return; fi
    sleep 0.2
  done
}

# How far the log of RDS has come; the master user may ask no other way.
position() { source_mysql -e 'SHOW ENGINE INNODB STATUS' | awk '/^Log sequence number/ { print $NF; exit }'; }

# Closed as the move up has left it: nobody logs in but ourselves.
CLOSED="(SELECT SUM($LOCKABLE_UP) = 0 AND SUM(COALESCE($LOCKED_UP, 0)) > 0 FROM mysql.user u)"
server_is_closed() { [ "$(server_mysql -e "SELECT $CLOSED")" = 1 ]; }

# How many databases of the move up stand aside: that what cannot be renamed is kept in it says that it is ours.
aside() { server_mysql -e "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '$ASIDE' AND TABLE_NAME = '$KEPT'"; }

# Whether our copy stands there: on a closed server only where the old database has stood aside before, whatever was noted.
holds_copy() { is_copy "$DATABASE" && { [ "$(aside)" = 1 ] || ! server_is_closed; }; }

# What stands on the server under the database's name: a copy of ours from RDS, nothing, what the move up has left, or something else.
standing() {
  if holds_copy; then
    echo copy
  elif [ "$(objects_in "$DATABASE")" = 0 ]; then
    echo empty
  elif server_is_closed; then
    echo frozen
  else
    echo stranger
  fi
}
