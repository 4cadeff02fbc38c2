# shellcheck shell=sh
# Copies what users have uploaded from the bucket to the directory while the app works with the bucket, and begins anew when it is cut
# off: many files at a time, again and again until little is left. What was deleted from the bucket since goes from the directory. It
# must not run once the app may use the directory, and must not change the bucket.

# Gives what was copied to whoever has the directory, and writes down what it was. Prints how many files are not there as they were
# listed, then how many there are, and their bytes.
TAKING='
here, prefix, listed, record = sys.argv[1:]
with open(listed) as file:
    objects = json.load(file) or []
root, seen, missing, total = os.stat(here), {here}, 0, 0
known = known_in(record)

def hand_over(path, mode):
    found = os.stat(path)
    if (found.st_uid, found.st_gid) != (root.st_uid, root.st_gid):
        os.chown(path, root.st_uid, root.st_gid)
    if found.st_mode & 0o7777 != mode:
        os.chmod(path, mode)

def hand_over_folder(folder):
    if folder in seen:
        return
    seen.add(folder)
    hand_over_folder(os.path.dirname(folder))
    hand_over(folder, root.st_mode & 0o7777)

for key, size, tag, modified in objects:
    name = key[len(prefix):]
    path = os.path.join(here, name)
    if key.endswith("/") or not os.path.realpath(path).startswith(os.path.realpath(here) + os.sep):
        continue
    same = os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) == size
    if not same or int(os.path.getmtime(path)) != int(time(modified).timestamp()):
        missing += 1
        continue
    hand_over_folder(os.path.dirname(path))
    hand_over(path, 0o644)
    known[name] = [tag, modified, int(os.path.getmtime(path))]
    total += size
drop_deleted(here, known, {key[len(prefix):] for key, *_ in objects})
keep_known(record, known)
print(missing, len(known), total)
'

if [ -z "$DIRECTORY" ]; then answer '{"files":0,"bytes":0}'; fi
refuse_without_directory
doing 'read whether the app still uses the bucket'
[ "$(ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text)" = "$BUCKET" ] ||
  fail "the parameter $POINTER does not name the bucket $BUCKET: the app may use the directory"
rounds=4
while :; do
  doing 'list the bucket'
  list_bucket >"$FOLDER/listed"
  doing 'copy the uploads'
  # An object that is gone before it is read is none of the next round.
  whole=yes
  ask_aws s3 sync "$THERE" "$HERE" --exact-timestamps --only-show-errors --no-progress || whole=no
  python3 -c "$PYTHON$KNOWING$TAKING" "$HERE" "$PREFIX" "$FOLDER/listed" "$BROUGHT" >"$FOLDER/taken"
  read -r missing files bytes <"$FOLDER/taken"
  if [ $whole = yes ] && [ "$missing" -lt "$FEW_LEFT" ]; then break; fi
  rounds=$((rounds - 1))
  if [ $rounds -eq 0 ]; then
    fail "$missing of the uploads did not come to $DIRECTORY on the server as they are in the bucket, however often they were copied: $(said)"
  fi
done
answer "{\"files\":$files,\"bytes\":$bytes}"
