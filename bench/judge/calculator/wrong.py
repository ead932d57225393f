# // rounds down, also below zero.
print(eval(input().replace("/", "//")))
