# shellcheck shell=sh
# shellcheck disable=SC2034 # The steps use what is set here.
# Who may what on the database: a freeze on RDS takes the right to connect, and notes what was. It must change nothing.

CLOSED='scalingtier: closed, access was '

# Who may what on the database, as a value of `pg_database d`: what is there, or was before the database was closed on RDS.
ACCESS="coalesce(nullif(split_part(shobj_description(d.oid, 'pg_database'), '$CLOSED', 2), '')::aclitem[], datacl, acldefault('d', datdba))"
