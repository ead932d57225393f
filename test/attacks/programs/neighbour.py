"""A well-behaved program: reads its input, computes, writes a file."""
import hashlib
import os
import sys

text = sys.stdin.read()
for _ in range(20_000):
    text = hashlib.sha256(text.encode()).hexdigest()
with open("/tmp/mine", "w") as file:
    file.write(text)
print(text, os.getpid() < 40)
