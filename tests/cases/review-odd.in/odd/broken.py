A = open("a")
def f(:
    pass
B = open("b")
