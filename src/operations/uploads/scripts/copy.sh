# shellcheck shell=sh
# Copies what users have uploaded from the server to the bucket while the app writes on, and begins anew when it is cut off. It
# must not change what users have in the directory.

# The names of objects below the prefix, as the directory has them.
NAMING='
listed, prefix = sys.argv[1:]
with open(listed) as file:
    for name, *_ in json.load(file) or []:
        print(name[len(prefix):])
'

if [ -z "$DIRECTORY" ]; then answer '{"files":0,"bytes":0}'; fi
refuse_without_directory
doing 'copy the uploads'
mkdir -p "$MOVING"
drop_parts
# A file that is gone before it is read, as those that the app writes and renames, is none of the next try.
tries=3
until ask_aws s3 sync "$HERE" "$THERE" --only-show-errors --no-progress --metadata "$MARK=copied"; do
  tries=$((tries - 1))
  if [ $tries -eq 0 ]; then false; fi
done
# What is in the bucket now; a file that came into the directory meanwhile may not be.
list_bucket >"$FOLDER/listed"
python3 -c "$PYTHON$NAMING" "$FOLDER/listed" "$PREFIX" >"$COPIED.new"
rm -f "$SETTLED"
mv -f "$COPIED.new" "$COPIED"
answer "$(find -L "$HERE" -type f -printf '%s\n' | awk '{ bytes += $1 } END { printf "{\"files\":%d,\"bytes\":%.0f}", NR, bytes }')"
