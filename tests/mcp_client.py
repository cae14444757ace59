"""Exercises resources, tools and prompts of `kbc serve mcp` with the official SDK: whatever it cannot read is an exception."""

import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


def same(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def has(text, part):
    assert part in text, f"{part!r} is not in {text[:2000]!r}"


async def resources(session):
    listed = (await session.list_resources()).resources
    uris = [str(resource.uri) for resource in listed]
    same(uris[0], "kbc://rulebook")
    for part in ["kbc://roles/", "kbc://papers/collection-membership", "/sections/"]:
        has(" ".join(uris), part)
    for uri in uris:
        contents = (await session.read_resource(uri)).contents
        same(len(contents), 1)
        assert contents[0].text.strip(), uri
    same(len((await session.list_resource_templates()).resource_templates), 3)
    try:
        await session.read_resource("kbc://papers/collection-membershp")
        raise AssertionError("a paper that is not there was read")
    except Exception as error:
        has(str(error), "did you mean `collection-membership`?")
    return len(uris)


async def tools(session):
    listed = (await session.list_tools()).tools
    same([tool.name for tool in listed], ["explain", "review", "budget", "search_papers"])

    async def call(name, fails=False, **arguments):
        result = await session.call_tool(name, arguments)
        same(bool(result.is_error), fails)
        return result.content[0].text, result.structured_content

    text, _ = await call("explain", what="MEM1")
    has(text, "papers/collection-membership.md")
    text, found = await call("review", path="examples/orders.py")
    has(text, "warning[MEM1]")
    same([finding["rule"] for finding in found["findings"]], ["MEM1"])
    code = "def f(xs, ys):\n    for x in xs:\n        if x in [1, 2, 3, 4, 5, 6, 7, 8] + ys:\n            print(x)\n"
    _, found = await call("review", code=code, language="python")
    same(found["summary"]["files"], 1)
    text, _ = await call("review", fails=True, path="../../../etc/passwd")
    has(text, "leads out of the project")
    text, report = await call("budget")
    has(text, "out/RULEBOOK.md")
    has(str(report), "out/RULEBOOK.md")
    text, found = await call("search_papers", words="set membership")
    same(found["sections"][0]["paper"], "collection-membership")


async def prompts(session):
    listed = (await session.list_prompts()).prompts
    same([prompt.name for prompt in listed], ["explore", "write", "distill", "formalize", "import"])
    for prompt in listed:
        same([argument.name for argument in prompt.arguments], ["paper"])
        messages = (await session.get_prompt(prompt.name, {"paper": "json-serialization"})).messages
        same([message.role for message in messages], ["user"])
        has(messages[0].content.text, "json-serialization")


async def main(kbc):
    server = StdioServerParameters(command=kbc, args=["serve", "mcp"])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        greeting = await session.initialize()
        same(greeting.server_info.name, "kbc")
        count = await resources(session)
        await tools(session)
        await prompts(session)
        print(f"{count} resources, 4 tools and 5 prompts answer the official client ({greeting.protocol_version})")


asyncio.run(asyncio.wait_for(main(sys.argv[1]), 300))
