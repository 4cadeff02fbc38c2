# shellcheck shell=sh
# shellcheck disable=SC2154 # What is brought is counted in bringing.sh.
# Takes the move of the uploads back: has the app read its parameters anew, which name no bucket any more, and brings to the
# directory what the app has put into the bucket meanwhile, on whichever server. Of a file that both have, the newer one stays. It must
# not do so while the parameters name the bucket: then there is nothing to take back.

doing 'read whether the app still uses the bucket'
if ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text >/dev/null; then answer '{"kept":true}'; fi
grep -q ParameterNotFound "$FOLDER/aws"
# Without a directory there is nowhere to bring anything.
if [ -z "$DIRECTORY" ] || [ ! -d "$HERE" ]; then
  reload
  answer '{"returned":0}'
fi
# A server that came in the place of another does not know when that was.
SINCE=$LONG_AGO
if [ -e "$COPIED" ]; then SINCE=$(date -u -r "$COPIED" +%Y-%m-%dT%H:%M:%SZ); fi
doing 'bring back what was uploaded to the bucket, before the app is reloaded'
bring_most "$SINCE" "$MARK" ""
returned=$brought
reload
doing 'bring back what was uploaded to the bucket, after the app is reloaded'
list_bucket >"$FOLDER/listed"
bring_back "$SINCE" "$MARK" ""
answer "{\"returned\":$((returned + brought)),\"left\":$kept}"
