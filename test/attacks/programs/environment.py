"""Prints its environment and who else has it."""
import os

print(sorted(name for name in os.environ if name not in ("HOME", "LANG", "PATH", "LC_CTYPE", "PYTHONDONTWRITEBYTECODE")))
print(open("/proc/self/environ").read().count("LD_PRELOAD"), os.environ.get("PATH"))
