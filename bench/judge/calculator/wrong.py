# // rounds down, also for negative numbers.
print(eval(input().replace("/", "//")))
