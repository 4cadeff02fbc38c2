# shellcheck shell=sh
# Drops the old database of the server, which the move up had left, once the app has worked with the new one for a while. It
# must not drop one that is not frozen, and nothing while RDS serves.

read_pointer
refuse_while_rds_serves
reach_local
alone
doing 'drop the old database of the server'
if [ "$(aside)" = 1 ]; then local_psql postgres -c "DROP DATABASE \"$ASIDE\" WITH (FORCE)"; fi
rm -f "$RETIRING/started" "$RETIRING/stopping"
answer '{"discarded":true}'
