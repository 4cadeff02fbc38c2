# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153 # The steps use what is set here, and the operator sets what is used.
# What the steps share by which uploads move between a directory of the server and a bucket: where both are, and what they hold. What
# we have put into the bucket says so, so that it is never taken for something that the app has put there.

HERE=$ROOT$DIRECTORY
THERE=s3://$BUCKET/$PREFIX
MOVING=$STATE/uploads
# What was in the bucket when the directory had been copied, a name in each line; and when that was.
COPIED=$MOVING/copied
# What we have put there since, in the same way.
SETTLED=$MOVING/settled
MARK=scalingtier
# What has come from the bucket to the directory; beside it, so that another server which takes over the volume has it too.
BROUGHT=$ROOT$(dirname "${DIRECTORY:-/}")/.scalingtier-uploads
# What is on its way from the bucket, as a whole folder of files and as one: beside the files, so that there is room.
STAGED=$HERE/.scalingtier-staged
PART=.scalingtier
# Fewer than so many files are brought one after the other.
FEW_LEFT=20
LONG_AGO=1970-01-01T00:00:00Z

refuse_without_directory() {
  [ -d "$HERE" ] || fail "there is no directory $DIRECTORY on the server; spec.transition.uploads.directory must name the one that the app writes to"
}

# A way back that was cut off has left what no user has uploaded.
drop_parts() {
  rm -rf "$STAGED"
  find -L "$HERE" -name "$PART" -type f -delete
}

# The objects below the prefix, as JSON.
list_bucket() {
  ask_aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "$PREFIX" --query 'Contents[].[Key,Size,ETag,LastModified]' --output json
}

# Python that the steps begin with: how AWS is asked, what is ours, and what S3 calls the content of a file that came in one part.
PYTHON='
import datetime, hashlib, json, os, subprocess, sys

def time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

def aws(*args):
    return subprocess.run(["aws", *args], check=True, stdout=subprocess.PIPE).stdout

def is_ours(bucket, key, mark):
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", key, "--output", "json"))
    return mark in head.get("Metadata", {})

def md5_of(path):
    digest = hashlib.md5()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
'
