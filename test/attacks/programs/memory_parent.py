"""Takes all memory there is."""
print("before", flush=True)
hoard = []
while True:
    hoard.append(bytearray(8 * 1024 * 1024))
