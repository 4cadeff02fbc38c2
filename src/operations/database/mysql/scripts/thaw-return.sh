# shellcheck shell=sh
# Gives the database on RDS back to the app, as it was before the freeze, when a way back is taken back. It must not do so once
# the pointer names the server: there would be two copies that can be written.

keep_unless_rds_serves
reach_rds
doing 'thaw the database'
release
answer '{"thawed":true}'
