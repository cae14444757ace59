a = 1
b = a in [1, 2, 3]
c = a in [4, 5, 6]
