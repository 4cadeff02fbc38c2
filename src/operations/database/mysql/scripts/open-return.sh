# shellcheck shell=sh
# Opens the copy on the server to the app, once the pointer names the server. It must not open while RDS serves, and must not
# open anything but the copy of a way back: the frozen database of the move up is older.

# Accounts on the server with a note of ours: open_accounts_where <condition> <what becomes of them>
open_accounts_where() {
  run_on_server "SELECT CONCAT('ALTER USER ', GROUP_CONCAT($ACCOUNT SEPARATOR ', '), ' $2;') FROM mysql.user u WHERE NOT $RETIRED AND $1 HAVING COUNT(*) > 0"
}

await_switch
reach_server
doing 'open the database on the server'
case $(standing) in
  copy)
    server_mysql -e 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF; RESET PERSIST IF EXISTS super_read_only; RESET PERSIST IF EXISTS read_only'
    restore_scheduler
    alter_events server_mysql "$ASLEEP" ENABLE
    # Administrators, whom the move up has locked out.
    open_accounts_where "$LOCKED_UP" "ACCOUNT UNLOCK ATTRIBUTE ''{\"scalingtier\": null}''"
    open_accounts_where "$NOTED" "ACCOUNT UNLOCK ATTRIBUTE ''{\"scalingtier\": null, \"scalingtier_freeze\": null}''"
    open_accounts_where "$COPIED" "ATTRIBUTE ''{\"scalingtier\": null}''"
    # From here on it is the database, and no copy that an attempt might drop.
    note_target "$DATABASE" null
    ;;
  frozen) fail "the database \"$DATABASE\" on the server is that of the move to RDS, and not the copy" ;;
esac
answer '{"opened":true}'
