#!/bin/sh
# What ssh is to mpirun, among the hosts of tests/support/hosts.py: HOST COMMAND...
# As ssh does, it hands the command to a shell of the host as one text.
set -eu
host=$1
shift
case $host in
    *[!a-z0-9]*) echo "agent: '$host' is no host name" >&2; exit 255 ;;
esac
if ! read -r first <"$RACKPROOF_HOSTS/pids/$host"; then
    echo "agent: connect to host $host: No route to host" >&2
    exit 255
fi
# A share of the processor that Hosts.cpu_share gives the host: this process and all that come of it.
if [ -r "$RACKPROOF_HOSTS/cpu/$host" ]; then
    read -r group <"$RACKPROOF_HOSTS/cpu/$host"
    echo 0 >"$group/cgroup.procs"
fi
exec nsenter --target "$first" --pid --net --uts --mount --ipc -- sh -c "$*"
