# shellcheck shell=sh
# Compares what a copy has left, in a step of its own. It must not be run beside another copy or comparison. Once both are equal, and not
# before, events may run on the target.

reach_source
alone
reach_target
doing 'look whether the database is frozen'
refuse_unless_frozen
refuse_unready_target
doing 'compare the databases'
# What both sides have is compared before the rows: rows are read by the names of columns.
compare_objects
compare_rows
enable_events
answer "{$COUNTED,\"fingerprint\":\"$(fingerprint)\"}"
