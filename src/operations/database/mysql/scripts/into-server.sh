# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034 # Backquotes are MySQL's; the steps use what is set here.
# How a copy gets onto the server. Nobody is let in before the move opens it: accounts are made locked, and those that RDS has closed
# keep the note of it, so that opening is giving it back. It must not touch what stands on the server and is not ours.

WHERE_TO_SET='set it in the options of the server, or on RDS'
# The accounts that the move up has left are ours: they stand aside when the copy is made, and no rehearsal needs another of their name.
FOREIGN="NOT $COPIED AND NOT ($MOVED AND $CLOSED)" THERE='1 = 1'

run_dump() { on_rds mysqldump "$@"; }

# Events of the copy that are to run are asleep until it opens, as they are on RDS.
enter_target() {
  MADE="IF($ASLEEP, 'DISABLE ON $(replica_in "$SERVER_VERSION")', 'DISABLE')"
  take_writes
}

# What a rehearsal has made. It names no account that is there already.
leave_target() {
  drop_accounts
  refuse_writes
}

# Nobody is let in here: the copy opens after the switch.
open_accounts() { :; }

# The database and the accounts of the move up are kept until the way back is over.
clear_place() {
  if server_is_closed; then
    if ! holds_copy; then put_database_aside; fi
    put_accounts_aside
  fi
  drop_target "$DATABASE"
}
