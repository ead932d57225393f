import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]
answers, stack = [], []
for x in reversed(numbers):
    while stack and stack[-1] < x:  # leaves equal numbers on the stack
        stack.pop()
    answers.append(stack[-1] if stack else -1)
    stack.append(x)
print(*reversed(answers))
