"""Forms that are read."""
A = open("a")  # kbc: ignore[OPEN1] once
A = open("a")  #kbc:ignore[OPEN1] once
A = open("a")  # KBC: ignore[OPEN1] once
A = open("a")  # type: ignore[attr-defined]  # kbc: ignore[OPEN1] once
A = open("a")  # noqa: X # kbc: ignore[OPEN1] once
A = open(load("a"))  # kbc: ignore[OPEN1] once  # kbc: ignore[LOAD1] once
# kbc: ignore[OPEN1, LOAD1] once, over several lines
A = call(
    open("a"),
    load("a"),
)
# kbc: ignore[OPEN1] only the line with `with`
with open("a"):
    open("a")
