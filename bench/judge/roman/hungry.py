import sys

RULES = [("IIIII", "V"), ("VV", "X"), ("XXXXX", "L"), ("LL", "C"), ("CCCCC", "D"), ("DD", "M"), ("VIIII", "IX"),
         ("IIII", "IV"), ("LXXXX", "XC"), ("XXXX", "XL"), ("DCCCC", "CM"), ("CCCC", "CD")]
tables = []
for line in sys.stdin:
    tables.append(["I" * n for n in range(4000)])  # 8 MB for every line
    text = tables[-1][int(line)]
    for old, new in RULES:
        text = text.replace(old, new)
    print(text)
