"""Forms that are not read."""
A = open("a")  # kbc: ignore: OPEN1 once
A = open("a")  # kbc: ignore [OPEN1] once
A = open("a")  # kbc: ignore (LOAD1)
A = open("a")  # kbc: ignore OPEN1
A = open("a")  # kbc: ignore[]
A = open("a")  # kbc: ignore[OPEN1 once
A = open("a")  # kbc: ignore-next-line[OPEN1]
A = open("a")  # kbc: ignored files are listed in kbc.toml
A = open("a")  # once, so kbc: ignore[OPEN1]
A = open("a")  # kbc: disable=OPEN1
A = open("a")  # ast-grep-ignore OPEN1
A = open("a")  # write `# kbc: ignore[OPEN1] reason`
