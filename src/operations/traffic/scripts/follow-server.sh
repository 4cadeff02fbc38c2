# shellcheck shell=sh
# Says whether the names lead to the one server, beside which a fleet behind a load balancer serves as well.

refuse_unless_leading "$ADDRESS" 'the server' 'an A record of'
answer "{\"names\":$(echo "$NAMES" | wc -w)}"
