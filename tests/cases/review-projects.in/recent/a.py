A = open("a")
