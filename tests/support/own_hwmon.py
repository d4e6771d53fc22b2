"""Sensors that are a test's own: a mount namespace in which /sys/class/hwmon is a folder of it."""

import os
import pathlib
import subprocess

# $0: the folder, $1: more of the script; the words of the command follow. What else is in
# /sys/class stays.
NAMESPACE = r"""
set -eu
mount --bind /sys /mnt
mount -t tmpfs none /sys/class
for class in net infiniband infiniband_mad nvme dmi; do
  [ -d /mnt/class/$class ] || continue
  mkdir /sys/class/$class && mount --bind /mnt/class/$class /sys/class/$class
done
mkdir /sys/class/hwmon && mount --bind "$0" /sys/class/hwmon
eval "$1"
shift
exec "$@"
"""


def can_be_made():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False).returncode == 0


class Chip:
    """A chip with one sensor, in `folder`/hwmon."""

    def __init__(self, folder, name, sensor, reading):
        self.hwmon = pathlib.Path(folder) / "hwmon"
        chip = self.hwmon / "hwmon0"
        chip.mkdir(parents=True)
        (chip / "name").write_text(name + "\n")
        self.sensor = chip / sensor
        self.show(reading)

    def show(self, reading):
        """From now on the sensor's file holds this; at no time half of it."""
        fresh = self.hwmon.parent / "fresh"
        fresh.write_text(f"{reading}\n")
        fresh.replace(self.sensor)

    def command(self, words, prepare=":"):
        """The command, so that it sees this chip alone. `prepare`: shell, before it."""
        return ["unshare", "-m", "sh", "-c", NAMESPACE, self.hwmon, prepare, *words]
