# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# What the steps of a move by logical replication share: its parts on both sides by name, and for how long they wait. RDS is
# the subscriber and connects out to the server. It must change nothing.

# Publication, subscription and slot have one name.
REPLICATION=scalingtier
# The slot that tells which rows have changed since they were compared.
CHANGES=scalingtier_changes
# How far the comparison is. It holds keys of rows, and nobody but root reads it.
COMPARED=$STATE/replication/$DATABASE.json
COMPARER=$STATE/replication/$DATABASE.py
# What the schema was then.
KEPT_SCHEMA=$STATE/replication/$DATABASE.schema
# Seconds after which something that does not get on is given up.
PATIENCE=${PATIENCE:-600}

NOT_COMPARED='the rows were not compared before the freeze, or another server has come since'

# A slot waits for all transactions that were open before it.
LONG_TRANSACTION="a transaction on the server has been open for more than $PATIENCE s, and replication begins when all that were open before have ended; pg_stat_activity shows it by xact_start"
