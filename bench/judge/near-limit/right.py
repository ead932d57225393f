import time

while time.process_time() < 0.4:
    pass
print("done")
