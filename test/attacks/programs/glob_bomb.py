"""Creates a tree on which glob matching is slow: many files, deep down, with names that almost match."""
import os

for _ in range(60):
    os.mkdir("a" * 250)
    os.chdir("a" * 250)
for number in range(20_000):
    os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY))
print("made", flush=True)
