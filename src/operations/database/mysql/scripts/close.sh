# shellcheck shell=sh
# Closes the database, and nothing else: what is copied then takes as long as it takes. It must not close one that does not serve.

refuse_unless_it_serves
reach_source
freeze_database
answer "{\"position\":\"$POSITION\",\"proven\":\"$PROVEN\"}"
