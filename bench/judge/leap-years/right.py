from calendar import isleap

print("leap" if isleap(int(input())) else "common")
