"""Takes all available memory."""
print("before", flush=True)
hoard = []
while True:
    hoard.append(bytearray(8 * 1024 * 1024))
