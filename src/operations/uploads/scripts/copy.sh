# shellcheck shell=sh
# Copies what users have uploaded from the server to the bucket while the app writes on, and begins anew when it is cut off. It
# must not change the directory.

if [ -z "$DIRECTORY" ]; then answer '{"files":0,"bytes":0}'; fi
refuse_without_directory
doing 'copy the uploads'
copy_up
date -u +%Y-%m-%dT%H:%M:%SZ >"$COPIED_AT"
answer "$(find "$HERE" -type f -printf '%s\n' | awk '{ bytes += $1 } END { printf "{\"files\":%d,\"bytes\":%.0f}", NR, bytes }')"
