# shellcheck shell=sh
# Closes the database, and nothing else: what is copied then takes as long as it takes. It must not close one that does not serve.

refuse_unless_it_serves
reach_source
freeze_database
# Whoever comes back is better found out now than after a long copy.
sleep 1
refuse_returners
answer "{\"position\":\"$POSITION\",\"proven\":\"$PROVEN\"}"
