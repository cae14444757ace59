# Comments that suppress, and what is said of them.
A = open("a")  # kbc: ignore[TOP1] read once
# ast-grep-ignore: TOP1 read once
B = open("b")
# kbc: ignore[TOP1] a reason
# and a comment between
C = open("c")
D = open("d")  # kbc: ignore[TOP1]
E = 1  # kbc: ignore[TOP1] nothing is here
F = 1  # kbc: ignore[TOP2] no such rule
G = 1  # kbc: ignore everything
# ast-grep-ignore: no-such-rule-of-ours
H = open("h")
