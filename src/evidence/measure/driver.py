"""Runs the cases of one benchmark and prints what each run took; kbc starts it afresh for every process.

A request comes on standard input, one line of JSON for each run goes to standard output, and what a block prints
goes to standard error. For Python 3.8 and newer.
"""
import sys

# The folder that kbc was called from is no place to import from.
if sys.path and sys.path[0] == "":
    del sys.path[0]


def main():
    # A request is texts, numbers and lists, which JSON and Python write alike; importing json would make the
    # import of json, or of what it needs, look cheap in a benchmark.
    request = eval(sys.stdin.readline())
    import os  # loaded by every interpreter as it starts

    end_with_caller(os)

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(text):
        answers.write(text + "\n")
        answers.flush()

    ways = {"machine": machine, "import": imports, "time": times, "peak": peaks, "size": sizes}
    ways[request["by"]](request, answer)


def end_with_caller(os):
    """Standard input stays open as long as kbc lives: a kbc that is killed takes an endless block with it."""
    import _thread  # built in, so that it is loaded already

    caller = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait():
        while os.read(caller, 1):
            pass
        os._exit(1)

    _thread.start_new_thread(wait, ())


def attempt(index, answer, run, *arguments):
    """Calls, and tells of what goes wrong; None if it did."""
    answer('{"begin": %d}' % index)
    try:
        return run(*arguments)
    except BaseException as error:
        fail(index, answer, error)
        return None


def fail(index, answer, error):
    import json
    import traceback

    # The frames of this program say nothing to the author of the block.
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename == "<string>":
        frame = frame.tb_next
    lines = traceback.format_exception(type(error), error, frame)
    if frame is None or isinstance(error, SyntaxError):
        lines = traceback.format_exception_only(type(error), error)
    answer(json.dumps({"case": index, "error": "".join(lines).strip()}))


def place(block):
    """A text whose lines have the numbers that they have in the paper."""
    return "\n" * (block["line"] - 1) + block["text"]


def module(case):
    """What stands around a block: the names that its setup makes are globals to it."""
    namespace = {"__name__": "__main__", "__builtins__": __builtins__}
    for block in case["setup"]:
        exec(compile(place(block), block["file"], "exec"), namespace)
    return namespace


def function(case):
    """The block as the body of a function without arguments, in the module that its setup makes."""
    import ast

    namespace = module(case)
    block = ast.parse(place(case), case["file"]).body
    if case["by"] == "size":
        if not block or not isinstance(block[-1], ast.Expr):
            raise SyntaxError("the last line of a block by size is the value to size, an expression")
        block[-1] = ast.copy_location(ast.Return(block[-1].value), block[-1])
    tree = ast.parse("def block(): pass", case["file"])
    tree.body[0].body = block or tree.body[0].body
    made = {}
    exec(compile(tree, case["file"], "exec"), namespace, made)
    return made["block"]


def times(request, answer):
    """Rounds of calibrated loops, the cases in turn, so that a slow moment of the machine hits all of them."""
    import gc
    import itertools
    import time

    def loop(block, loops):
        turns = itertools.repeat(None, loops)
        collects = gc.isenabled()
        gc.disable()
        begin = time.perf_counter()
        for _ in turns:
            block()
        seconds = time.perf_counter() - begin
        if collects:
            gc.enable()
        return seconds

    def calibrated(case):
        block = function(case)
        loops = 1
        seconds = loop(block, loops)
        while seconds < request["least"]:
            loops *= 2
            seconds = loop(block, loops)
        rounds = int(request["most"] / seconds) if seconds > 0 else request["rounds"]
        return block, loops, max(1, min(request["rounds"], rounds))

    ready = {}
    for index, case in enumerate(request["cases"]):
        made = attempt(index, answer, calibrated, case)
        if made is not None:
            ready[index] = made
    for turn in range(request["rounds"]):
        for index, (block, loops, rounds) in list(ready.items()):
            if turn >= rounds:
                continue
            seconds = attempt(index, answer, loop, block, loops)
            if seconds is None:
                del ready[index]
            else:
                answer('{"case": %d, "value": %r}' % (index, seconds / loops * 1e9))


def imports(request, answer):
    """One run of the block, as it stands, in a process that has imported nothing before."""
    from time import perf_counter

    for index, case in enumerate(request["cases"]):

        def run():
            namespace = module(case)
            code = compile(place(case), case["file"], "exec")
            begin = perf_counter()
            exec(code, namespace)
            return perf_counter() - begin

        seconds = attempt(index, answer, run)
        if seconds is not None:
            answer('{"case": %d, "value": %r}' % (index, seconds * 1e9))


def peaks(request, answer):
    """The most memory that one run of the block held at a time, beyond what its setup holds."""
    import tracemalloc

    def peak(case):
        block = function(case)
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            block()
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    once(request, answer, peak)


def sizes(request, answer):
    """The value of the last line of the block, with all that it refers to, each object once."""
    once(request, answer, lambda case: deep_size(function(case)()))


def once(request, answer, run):
    for index, case in enumerate(request["cases"]):
        value = attempt(index, answer, run, case)
        if value is not None:
            answer('{"case": %d, "value": %r}' % (index, value))


def deep_size(value):
    import types

    shared = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
    # Kept, not only known by id: the id of an object that is gone is soon that of another.
    seen, rest, size = {}, [value], 0
    while rest:
        value = rest.pop()
        # Code and classes are there whether or not this value is.
        if id(value) in seen or isinstance(value, shared):
            continue
        seen[id(value)] = value
        size += sys.getsizeof(value)
        if isinstance(value, dict):
            rest.extend(value.keys())
            rest.extend(value.values())
        elif isinstance(value, (list, tuple, set, frozenset)) or type(value).__name__ == "deque":
            rest.extend(value)
        rest.extend([value.__dict__] if isinstance(getattr(value, "__dict__", None), dict) else [])
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                    rest.append(getattr(value, name))
    return size


def machine(request, answer):
    """What is known of the machine and the interpreter."""
    import json
    import os
    import platform

    facts = {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
    }
    if facts["system"] == "Darwin":
        facts["system"] = "macOS " + platform.mac_ver()[0]
    name = platform.processor()
    try:
        with open("/proc/cpuinfo") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        name = names[0] if names else name
    except OSError:
        pass
    cores = "%d cores" % os.cpu_count() if os.cpu_count() else ""
    facts["processor"] = ", ".join(part for part in (name, cores) if part) or None
    try:
        facts["memory"] = "%.0f GB" % (os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9)
    except (AttributeError, OSError, ValueError):
        facts["memory"] = None
    answer(json.dumps(facts))


main()
