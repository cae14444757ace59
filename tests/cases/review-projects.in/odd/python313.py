class Box[T = int]:
    handle = open("a")
    other = load("a")


if A:
    (b.
load("c"))
