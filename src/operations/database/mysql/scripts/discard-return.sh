# shellcheck shell=sh
# Drops the old database of the server and its accounts, which the move up had left, once the app has worked with the new one for a
# while. It must not drop what does not stand aside, and nothing while RDS serves.

read_pointer
refuse_while_rds_serves
reach_server
alone
doing 'drop the old database of the server'
if [ "$(aside)" = 1 ]; then server_mysql -e "DROP DATABASE \`$ASIDE\`"; fi
run_on_server "SELECT CONCAT('DROP USER ', $ACCOUNT, ';') FROM mysql.user u WHERE $RETIRED OR u.User = '$REPLICATOR'"
rm -f "$RETIRING/started" "$RETIRING/stopping"
answer '{"discarded":true}'
