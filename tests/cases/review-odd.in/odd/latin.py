A = open("café")
