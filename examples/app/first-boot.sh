#!/bin/sh
# Makes a server of a tier into a server of the app, in every stage: the app as a service, which finds by itself where everything
# is, and, on a server with a data volume, PostgreSQL with its data there, a database and a role for the app. Run by the tier's user
# data with the tier's parameter prefix; the app lies in /opt/notes. What the data volume holds already stays as it is.
set -eu
prefix=$1
home=/srv/data/notes
data=/srv/data/postgresql

dnf install -y nodejs24 nodejs24-npm postgresql17-server
(cd /opt/notes && npm-24 install --omit=dev)

id notes >/dev/null 2>&1 || useradd --system --home-dir "$home" notes
install -d -o notes -g notes -m 0700 "$home"
authority=/etc/ssl/rds.pem
curl -fsSo "$authority" https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
token=$(curl -fsS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
region=$(curl -fsS -H "X-aws-ec2-metadata-token: $token" http://169.254.169.254/latest/meta-data/placement/region)
(
  umask 077
  cat >"$home/environment" <<EOF
PARAMETER_PREFIX=$prefix
DATA_FOLDER=$home
DATABASE_AUTHORITY=$authority
AWS_REGION=$region
EOF
)

# A server of a fleet has no data volume and no database: it uses the one that all use.
if mountpoint -q /srv/data; then
  install -d -o postgres -g postgres -m 0700 "$data"
  [ -e "$data/PG_VERSION" ] ||
    runuser -u postgres -- initdb -D "$data" --auth-local=peer --auth-host=scram-sha-256
  install -d /etc/systemd/system/postgresql.service.d
  printf '[Service]\nEnvironment=PGDATA=%s\n' "$data" >/etc/systemd/system/postgresql.service.d/data-volume.conf
  systemctl daemon-reload
  systemctl enable --now postgresql
  # Once, and again from the start when it was cut off: after a move the database here is closed, and another serves.
  if [ ! -e "$home/ready" ]; then
    password=$(aws ssm get-parameter --region "$region" --name "$prefix/notes/password" --with-decryption \
      --query Parameter.Value --output text)
    case $password in '' | *[!0-9A-Za-z]*)
      echo "the password at $prefix/notes/password must be letters and digits" >&2
      exit 1
      ;;
    esac
    runuser -u postgres -- psql -v ON_ERROR_STOP=1 <<SQL
SELECT 'CREATE ROLE notes LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'notes') \gexec
ALTER ROLE notes PASSWORD '$password';
SELECT 'CREATE DATABASE app OWNER notes' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'app') \gexec
SQL
    PGPASSWORD=$password psql -h localhost -U notes -d app -v ON_ERROR_STOP=1 -f /opt/notes/schema.sql
    sync "$data"
    : >"$home/ready"
  fi
fi

cp /opt/notes/notes.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now notes
