"""Looks for figures of the cgroup, which tell what earlier cells used. Prints the files that are no limits, and mounts of cgroups that lead to any."""
import os

LIMITS = {
    "cgroup.controllers", "cpu.max", "cpu.weight", "cpuset.cpus.effective", "memory.high", "memory.max", "memory.swap.max", "pids.max",
    "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.shares", "cpuset.cpus", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes",
}  # fmt: skip
found = []
for place, _, names in os.walk("/sys/fs/cgroup"):
    found += [os.path.join(place, name) for name in names if name not in LIMITS]
for line in open("/proc/self/mountinfo"):
    place = line.split()[4]
    if " - cgroup" in line and os.path.isdir(place):
        found += [os.path.join(place, name) for name in os.listdir(place) if name not in LIMITS and not os.path.isdir(os.path.join(place, name))]
telling = [name for name in set(found) if "usage" in name or "current" in name]
print(sorted(telling or set(found))[:5])
