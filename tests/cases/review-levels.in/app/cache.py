from functools import cache
import time

@cache
def load(name):
    return open(name).read()

async def poll(source):
    seen = list(source)
    while True:
        time.sleep(5)
        for item in source.lookup():
            if item in seen:
                item.lookup()
