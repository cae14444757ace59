SETTINGS = open("settings.ini")
LOG = open("app.log")  # kbc: ignore[TOP1] rotated by the supervisor
