import time


def again():
    while True:
        try:
            return 1
        except OSError:
            time.sleep(5)
