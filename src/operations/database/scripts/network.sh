# shellcheck shell=sh
# shellcheck disable=SC2034 # The replications use what is set here.
# From where RDS comes: the addresses of the VPC that the server is in, as its own metadata say them. It must not take anybody's word for
# that, and lets nobody in.

# Sets NETWORK, to the VPC's first block, which has the subnets of the tier.
read_network() {
  doing 'read what network the server is in'
  NETWORK=$(
    python3 - <<'PYTHON'
import ipaddress, os, sys, urllib.request
sys.tracebacklimit = 0
service = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254").rstrip("/")
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def ask(path, method, name, value):
    request = urllib.request.Request(f"{service}/latest/{path}", method=method, headers={name: value})
    return opener.open(request, timeout=15).read().decode().strip()
token = ask("api/token", "PUT", "X-aws-ec2-metadata-token-ttl-seconds", "60")
def look(path):
    return ask(f"meta-data/{path}", "GET", "X-aws-ec2-metadata-token", token)
print(ipaddress.ip_network(look(f"network/interfaces/macs/{look('mac')}/vpc-ipv4-cidr-block")))
PYTHON
  ) || fail "the server's instance metadata do not say what network it is in: $(tail -n 1 "$FOLDER/stderr")"
}
