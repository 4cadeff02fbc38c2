# shellcheck shell=sh
# Takes the move of the uploads back: has the app read its parameters anew, which name no bucket any more, and brings to the
# directory what the app has put into the bucket meanwhile. Of a file that both have, the newer one stays. It must not do so while
# the parameters name the bucket, or once people were sent to other servers: then there is nothing to take back.

# Brings what the app has put into the bucket; what we have put there says so. What no directory can hold is counted and left.
bring_back() {
  python3 -c "$PYTHON$BRINGING" "$HERE" "$BUCKET" "$PREFIX" "$FOLDER/listed" "$SINCE" "$MARK" >"$FOLDER/brought"
  read -r brought kept <"$FOLDER/brought"
}
BRINGING='
here, bucket, prefix, listed, since, mark = sys.argv[1:]
# The clocks of the server and of S3 are not the same one.
MARGIN = datetime.timedelta(minutes=5)
with open(listed) as file:
    objects = json.load(file) or []
root, brought, kept = os.stat(here), 0, 0

def make_folder(folder):
    if os.path.isdir(folder):
        return
    make_folder(os.path.dirname(folder))
    os.mkdir(folder)
    os.chown(folder, root.st_uid, root.st_gid)
    os.chmod(folder, root.st_mode & 0o7777)

def bring(key, path, modified):
    make_folder(os.path.dirname(path))
    part = os.path.join(os.path.dirname(path), ".scalingtier")
    aws("s3", "cp", f"s3://{bucket}/{key}", part, "--only-show-errors", "--no-progress")
    os.chown(part, root.st_uid, root.st_gid)
    os.chmod(part, 0o644)
    # Newer than the object, which is so not brought twice.
    os.utime(part, (time(modified).timestamp() + 1,) * 2)
    os.rename(part, path)

for key, _, _, modified in objects:
    path = os.path.join(here, key[len(prefix):])
    # What ends in a slash stands for a folder.
    if key.endswith("/") or time(modified) < time(since) - MARGIN:
        continue
    # S3 counts in seconds.
    if os.path.exists(path) and int(os.path.getmtime(path)) > time(modified).timestamp():
        continue
    if is_ours(bucket, key, mark):
        continue
    try:
        if not os.path.realpath(path).startswith(os.path.realpath(here) + os.sep):
            raise OSError
        bring(key, path, modified)
        brought += 1
    except OSError:
        kept += 1
print(brought, kept)
'

reload() {
  if [ -z "$RELOAD" ]; then return; fi
  doing 'reload the app'
  sh -c "$RELOAD" 3>&- 9>&- >"$FOLDER/output" 2>&1 ||
    fail "\"$RELOAD\" ended with code $?; what it printed is in $FOLDER/output on the server"
}

doing 'read whether the app still uses the bucket'
if ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text >/dev/null; then answer '{"kept":true}'; fi
grep -q ParameterNotFound "$FOLDER/aws"
if [ -e "$MOVING/over" ]; then answer '{"kept":true}'; fi
# Without a directory there is nowhere to bring anything.
if [ -z "$DIRECTORY" ] || [ ! -d "$HERE" ]; then
  reload
  answer '{"returned":0}'
fi
# A server that came in the place of another does not know when that was.
SINCE=1970-01-01T00:00:00Z
if [ -e "$COPIED" ]; then SINCE=$(date -u -r "$COPIED" +%Y-%m-%dT%H:%M:%SZ); fi
returned=0
for turn in before after; do
  doing "bring back what was uploaded to the bucket, $turn the app is reloaded"
  list_bucket >"$FOLDER/listed"
  bring_back
  returned=$((returned + brought))
  if [ $turn = before ]; then reload; fi
done
answer "{\"returned\":$returned,\"left\":$kept}"
