# shellcheck shell=sh
# Waits until RDS keeps up with the app. It must not wait for ever: an error that does not go away ends it, and so does standing still.

reach_local
reach_rds
begun=$(seconds)
doing 'wait until RDS keeps up'
refuse_changed_schema
await_near
refuse_changed_schema
answer "{\"tables\":$(count_tables),\"behind\":$BEHIND,\"seconds\":$(($(seconds) - begun)),\"completed\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ) $(printf '%.12s' "$OPERATION")\"}"
