import sys

for arg in sorted(sys.argv[1:]):
    print(arg)
print(len(sys.argv) - 1)
