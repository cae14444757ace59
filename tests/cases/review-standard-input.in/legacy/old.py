CONFIG = open("config")
