# shellcheck shell=sh
# Takes the move of the uploads back: has the app read its parameters anew, which name no bucket any more, and brings to the
# directory what the app has put into the bucket meanwhile. Of a file that both have, the newer one stays. It must not do so while
# the parameters name the bucket: then the move went on to its end, and there is nothing to take back.

# Brings what the app has put into the bucket; what we have put there says so.
bring_back() {
  python3 - "$HERE" "$BUCKET" "$PREFIX" "$FOLDER/listed" "$(cat "$COPIED_AT")" "$MARK" <<'PYTHON'
import datetime, json, os, subprocess, sys

here, bucket, prefix, listed, since, mark = sys.argv[1:]
# The clocks of the server and of S3 are not the same one.
MARGIN = datetime.timedelta(minutes=5)
time = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
aws = lambda *args: subprocess.run(["aws", *args], check=True, stdout=subprocess.PIPE).stdout
with open(listed) as file:
    objects = json.load(file) or []
root, brought = os.stat(here), 0
for key, _, _, modified in objects:
    path = os.path.join(here, key[len(prefix):])
    if time(modified) < time(since) - MARGIN or not os.path.realpath(path).startswith(os.path.realpath(here) + os.sep):
        continue
    # S3 counts in seconds.
    if os.path.exists(path) and int(os.path.getmtime(path)) > time(modified).timestamp():
        continue
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", key, "--output", "json"))
    if mark in head.get("Metadata", {}):
        continue
    missing, folder = [], os.path.dirname(path)
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for folder in reversed(missing):
        os.mkdir(folder)
        os.chown(folder, root.st_uid, root.st_gid)
        os.chmod(folder, root.st_mode & 0o7777)
    aws("s3", "cp", f"s3://{bucket}/{key}", path + ".scalingtier", "--only-show-errors", "--no-progress")
    os.chown(path + ".scalingtier", root.st_uid, root.st_gid)
    os.chmod(path + ".scalingtier", 0o644)
    # Newer than the object, which is so not brought twice.
    os.utime(path + ".scalingtier", (time(modified).timestamp() + 1,) * 2)
    os.rename(path + ".scalingtier", path)
    brought += 1
print(brought)
PYTHON
}

doing 'read whether the app still uses the bucket'
if ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text >/dev/null; then answer '{"kept":true}'; fi
grep -q ParameterNotFound "$FOLDER/aws"
if [ -z "$DIRECTORY" ] || [ ! -e "$COPIED_AT" ]; then answer '{"returned":0}'; fi
refuse_without_directory
returned=0
for turn in before after; do
  doing "bring back what was uploaded to the bucket, $turn the app is reloaded"
  list_bucket >"$FOLDER/listed"
  returned=$((returned + $(bring_back)))
  if [ $turn = after ] || [ -z "$RELOAD" ]; then continue; fi
  sh -c "$RELOAD" 3>&- 9>&- >"$FOLDER/output" 2>&1 ||
    fail "\"$RELOAD\" ended with code $?; what it printed is in $FOLDER/output on the server"
done
answer "{\"returned\":$returned}"
