import sys


def reverse(line):
    reversed_prefixes = [""]
    for c in line:
        reversed_prefixes.append(c + reversed_prefixes[-1])
    return reversed_prefixes[-1]


sys.stdout.write("\n".join(map(reverse, sys.stdin.read().split("\n"))))
