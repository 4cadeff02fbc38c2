# shellcheck shell=sh
# shellcheck disable=SC2034,SC2153 # The steps use what is set here, and the operator sets what is used.
# What the steps share by which uploads move from a directory of the server to a bucket: where both are, and what they hold. What
# we have put into the bucket says so, so that it is never taken for something that the app has put there.

HERE=$ROOT$DIRECTORY
THERE=s3://$BUCKET/$PREFIX
COPIED_AT=$FOLDER/copied-at
MARK=scalingtier

refuse_without_directory() {
  [ -d "$HERE" ] || fail "there is no directory $DIRECTORY on the server; spec.transition.uploads.directory must name the one that the app writes to"
}

# Brings to the bucket what is not there, or is older there. Nothing is taken out of either.
copy_up() { ask_aws s3 sync "$HERE" "$THERE" --only-show-errors --no-progress --metadata "$MARK=copied"; }

# The objects below the prefix, as JSON.
list_bucket() {
  ask_aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "$PREFIX" --query 'Contents[].[Key,Size,ETag,LastModified]' --output json
}
