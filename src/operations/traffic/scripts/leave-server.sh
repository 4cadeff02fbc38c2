# shellcheck shell=sh
# Before the server goes because the move was called off: says whether the names lead to the load balancer again. When the move went on
# to its end there is nothing to take back, which the parameters show: they name no bucket any more.

doing 'read whether the app still uses the bucket'
if ! ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text >/dev/null; then
  grep -q ParameterNotFound "$FOLDER/aws"
  answer '{"kept":true}'
fi
refuse_unless_leading "$BALANCER" 'the load balancer' 'an alias or a CNAME of'
answer "{\"names\":$(echo "$NAMES" | wc -w)}"
