import sys

number = int(open("input").read())
for _ in range(20):
    line = sys.stdin.readline()
    if not line.strip().isdigit():
        sys.exit(1)
    guess = int(line)
    print("=" if guess == number else "<" if number < guess else ">", flush=True)
    if guess == number:
        sys.exit(0)
sys.exit(1)
