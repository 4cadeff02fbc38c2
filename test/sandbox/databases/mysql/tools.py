"""Makes a folder of MySQL's programs out of Debian's packages, without installing anything on the machine.

Debian has MySQL in its rolling suite only, made for a newer C library than this machine's: so that library comes along, and
programs are started by its own loader. apt checks what it fetches against the archive's signed index, whose key the machine has;
versions are not pinned, because a rolling suite keeps none. The folder is moved after this: nothing may name its present place.
"""

import os
import pathlib
import re
import subprocess
import sys

SUITE = "sid"
WANTED = ["mysql-server-core", "mysql-client-core"]
# Only scripts need them that are not used here.
LEFT_OUT = re.compile(r"perl|libperl|libgdbm|libdb5|libc-gconv")
LOADER = "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
PROGRAMS = {"mysqld": "usr/sbin/mysqld", "mysql": "usr/bin/mysql", "mysqldump": "usr/bin/mysqldump"}

folder = pathlib.Path(sys.argv[1])
apt = folder / "apt"
for name in ["conf.d", "preferences.d", "lists/partial", "cache/archives/partial", "packages"]:
    (apt / name).mkdir(parents=True)
(apt / "status").touch()


def said(*command: str, **options) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


# The mirror that this machine uses anyhow.
mirrors = said("apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages").splitlines()
mirror = next((uri for uri in mirrors if uri.rstrip("/").endswith("/debian")), None)
if mirror is None:
    sys.exit(f"a mirror of Debian's archive was expected in apt's sources, found: {mirrors}")

(apt / "sources.list").write_text(f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {SUITE} main\n")
(apt / "apt.conf").write_text(
    f"""Dir::Etc::sourcelist "{apt}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::parts "{apt}/conf.d";
Dir::Etc::preferencesparts "{apt}/preferences.d";
Dir::State::lists "{apt}/lists";
Dir::State::status "{apt}/status";
Dir::Cache "{apt}/cache";
APT::Sandbox::User "";
Acquire::Languages "none";
// A mirror may lag.
Acquire::Check-Valid-Until "false";
"""
)
environment = {**os.environ, "APT_CONFIG": str(apt / "apt.conf")}
said("apt-get", "update", env=environment)
plan = said("apt-get", "install", "-y", "--no-install-recommends", "--print-uris", *WANTED, env=environment)
names = {line.split()[1].split("_")[0] for line in plan.splitlines() if line.startswith("'")}
packages = apt / "packages"
said("apt-get", "download", *sorted(name for name in names if not LEFT_OUT.match(name)), env=environment, cwd=packages)
for package in packages.iterdir():
    subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)
subprocess.run(["rm", "-rf", apt], check=True)

tools = folder / "tools"
tools.mkdir()
for name, place in PROGRAMS.items():
    script = tools / name
    script.write_text(
        "#!/bin/sh\n"
        'at=${0%/*}/../root\n'
        f'exec "$at/{LOADER}" --library-path "$at/{os.path.dirname(LOADER)}" --argv0 "$0" "$at/{place}" "$@"\n'
    )
    script.chmod(0o755)
    subprocess.run([script, "--version"], check=True)
