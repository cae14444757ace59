"""Loads what `kbc inject --as ...` prints into the SDKs, and compares what they would send with the prompt. Nothing is sent:
a socket that is opened is an exception."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LANGSMITH_TRACING="false", OPENAI_API_KEY="-", ANTHROPIC_API_KEY="-")

import anthropic
import httpx
import httpx2
import litellm
import openai
from anthropic.types import MessageParam
from langchain_core.prompts import ChatPromptTemplate
from litellm.utils import validate_and_fix_openai_messages
from openai.types.chat import ChatCompletionMessageParam
from pydantic import TypeAdapter, ValidationError

ROLE = "algorithms"
BRACES = 'A {x}, a {{var}}, a {{{y}}}, {"a": {"b": []}}, {0!r:>{width}}, {% if x %}{# no #}{% endif %}, ${HOME}, } and {'
CODE = 'Say what it does:\n\n```python\nprint(f"{x:>{width}}", {**a}, {{1}})\n```\n\tEnd.  \n'
CALL = {"id": "call_1", "type": "function", "function": {"name": "cost", "arguments": '{"of": "a {set}"}'}}
OTHER = {"id": "call_2", "type": "function", "function": {"name": "cost", "arguments": "{}"}}


def says(role, content, **more):
    return {"role": role, "content": content, **more}


OLD = "Keep.\n\n<!-- kbc:begin rulebook -->\nan older rulebook {x}\n<!-- kbc:end rulebook -->\n\nThis too."
# Name: the prompt (a text, or a chat), and the arguments that go with it.
CHATS = {
    "text": ("Review this file.\n", []),
    "code": (CODE, []),
    "braces": (BRACES, []),
    "unicode": ("Größe 大きさ 👩‍💻 \\n \"quoted\" \\u0041 </script>\r\nend", []),
    "system": ([says("system", "You review Python: {a}."), says("user", CODE)], []),
    "turns": ([says("user", "What?"), says("assistant", BRACES), says("user", "And {b}?")], []),
    "prefill": ([says("system", "Brief."), says("user", "What?"), says("assistant", "{")], []),
    "neighbours": ([says("user", "One {a}"), says("user", "Two"), says("assistant", "A"), says("assistant", "B")], []),
    "systems": ([says("system", "One"), says("system", "Two {a}"), says("user", "What?")], []),
    "parts": ([says("user", [{"type": "text", "text": "One {a}"}, {"type": "text", "text": "Two"}])], []),
    "filled": ([says("system", "For {{ language }}."), says("user", "{{x}} {{ open }} {a}")],
               ["--var", "language=Py {{x}} {t}", "--var", "x=$1 {{ language }}"]),
    "filled-text": ("In {{ language }}: {{open}}", ["--var", "language={a} {{b}}"]),
    "again": ([says("system", OLD), says("user", "What?")], []),
    "again-below": ([says("system", "One"), says("system", OLD), says("user", "What?")], []),
    "tools": ([says("user", "What does it cost?"), says("assistant", None, tool_calls=[CALL, OTHER]),
               says("tool", "400 {us}", tool_call_id="call_1"), says("tool", "200", tool_call_id="call_2"),
               says("user", "And?"), says("assistant", "Half {x}.")], []),
}


def same(got, wanted):
    assert got == wanted, f"\n   got {got!r}\nwanted {wanted!r}"


def run(*arguments, **given):
    return subprocess.run([KBC, "inject", "--role", ROLE, *arguments], capture_output=True, encoding="utf-8", timeout=60, **given)


def inject(framework, name):
    """What kbc makes of a chat; None if it refuses it."""
    prompt, arguments = CHATS[name]
    path = FOLDER / (name + (".md" if isinstance(prompt, str) else ".json"))
    path.write_bytes((prompt if isinstance(prompt, str) else json.dumps(prompt)).encode())
    done = run("--as", framework, "--prompt", str(path), *arguments)
    if done.returncode == 2:
        return None, done.stderr
    same((done.returncode, [line for line in done.stderr.splitlines() if "is left as it is" not in line]), (0, []))
    return json.loads(done.stdout), ""


def expected(name):
    """The messages as they must arrive: filled, with the rulebook in the first system message. Made from the prompt alone."""
    prompt, arguments = CHATS[name]
    messages = [says("user", prompt)] if isinstance(prompt, str) else json.loads(json.dumps(prompt))
    values = dict(pair.split("=", 1) for pair in arguments[1::2])
    for message in messages:
        if isinstance(message["content"], str):
            message["content"] = fill(message["content"], values)
    if name.startswith("again"):
        messages[-2]["content"] = f"Keep.\n\n{BLOCK}\n\nThis too."
    elif messages[0]["role"] == "system":
        messages[0]["content"] += f"\n\n{BLOCK}\n"
    else:
        messages.insert(0, says("system", BLOCK + "\n"))
    return messages


def fill(text, values):
    """By the spellings that the chats above use: in one pass, so a value is not filled again."""
    places = sorted((text.find(spelling), spelling, value) for name, value in values.items()
                    for spelling in (f"{{{{ {name} }}}}", f"{{{{{name}}}}}") if spelling in text)
    out, at = "", 0
    for place, spelling, value in places:
        out += text[at:place] + value
        at = place + len(spelling)
    return out + text[at:]


def texts(content):
    """What a message says, part by part."""
    if content is None:
        return []
    return [content] if isinstance(content, str) else [part["text"] for part in content if part["type"] == "text"]


def once(text):
    same((text.count("<!-- kbc:begin"), text.count("<!-- kbc:end"), text.count(RULEBOOK)), (1, 1, 1))


def no_socket(*_):
    raise AssertionError("an SDK wants to talk to somebody")


def sent(module, client, answer):
    """A client of an SDK, and the list that the bodies of its requests end up in."""
    bodies = []

    def take(request):
        bodies.append(json.loads(request.content))
        return module.Response(200, json=answer)

    return client(api_key="-", base_url="http://nobody.invalid", max_retries=0,
                  http_client=module.Client(transport=module.MockTransport(take))), bodies


def valid(kind, message):
    """Held against the SDK's own type of a message. Lists are read lazily, so they are gone through."""
    def walk(value):
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        return value if isinstance(value, (str, int, float, type(None))) else [walk(inner) for inner in value]

    same(walk(KINDS[kind].validate_python(message)), message)


def with_openai(name):
    messages, refusal = inject("openai", name)
    same((messages, refusal), (expected(name), ""))
    for message in messages:
        valid(ChatCompletionMessageParam, message)
    once("\n".join(message["content"] for message in messages if message["role"] == "system"))
    OPENAI.chat.completions.create(model="m", messages=messages)
    same(OPENAI_SENT.pop(), {"model": "m", "messages": messages})


def with_anthropic(name):
    chat, refusal = inject("anthropic", name)
    same((sorted(chat or {}), refusal), (["messages", "system"], ""))
    wanted = expected(name)
    once(chat["system"])
    same(chat["system"], "\n\n".join(message["content"] for message in wanted if message["role"] == "system"))
    roles = [message["role"] for message in chat["messages"]]
    same(roles, (["user", "assistant"] * len(roles))[: len(roles)])
    calls, answers, told = [], [], []
    for message in chat["messages"]:
        valid(MessageParam, message)
        assert message["content"], "an empty message is refused"
        blocks = [{"type": "text", "text": message["content"]}] if isinstance(message["content"], str) else message["content"]
        assert all(block["text"].strip() for block in blocks if block["type"] == "text"), "an empty text is refused"
        told += [(message["role"], text) for text in texts(blocks)]
        calls += [(block["id"], block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"]
        answers += [(block["tool_use_id"], block["content"]) for block in blocks if block["type"] == "tool_result"]
    same(told, [(message["role"], text) for message in wanted if message["role"] in ("user", "assistant")
                for text in texts(message["content"])])
    made = [call for message in wanted for call in message.get("tool_calls", [])]
    same(calls, [(call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])) for call in made])
    same(answers, [(message["tool_call_id"], message["content"]) for message in wanted if message["role"] == "tool"])
    ANTHROPIC.messages.create(model="m", max_tokens=9, **chat)
    same(ANTHROPIC_SENT.pop(), {"model": "m", "max_tokens": 9, **chat})


def with_langchain(name):
    messages, refusal = inject("langchain", name)
    if name == "tools":
        assert messages is None and "no place for calls of tools" in refusal, refusal
        return
    template = ChatPromptTemplate.from_messages(messages)
    same(template.input_variables, [])
    names = {"system": "system", "human": "user", "ai": "assistant"}
    formatted = [(names[message.type], message.content) for message in template.format_messages()]
    same(formatted, [(message["role"], "\n\n".join(texts(message["content"]))) for message in expected(name)])
    once("\n".join(text for _, text in formatted))


def with_litellm(name):
    messages, refusal = inject("litellm", name)
    same((messages, refusal), (expected(name), ""))
    same([{key: value for key, value in message.items() if value is not None}
          for message in validate_and_fix_openai_messages(json.loads(json.dumps(messages)))],
         [{key: value for key, value in message.items() if value is not None} for message in messages])
    reply = litellm.completion(model="gpt-4o", messages=json.loads(json.dumps(messages)), mock_response="Yes.")
    same(reply.choices[0].message.content, "Yes.")
    count = litellm.token_counter(model="gpt-4o", messages=messages)
    assert count > litellm.token_counter(model="gpt-4o", text=RULEBOOK) > 100, count


# They must outlive what they read lazily.
KINDS = {kind: TypeAdapter(kind) for kind in [ChatCompletionMessageParam, MessageParam]}
KBC = str(Path(sys.argv[1]).resolve())
RULEBOOK = run().stdout.rstrip("\n")
assert RULEBOOK.startswith("# "), RULEBOOK
BLOCK = f"<!-- kbc:begin rulebook -->\n{RULEBOOK}\n<!-- kbc:end rulebook -->"
socket.socket.connect = socket.getaddrinfo = no_socket
OPENAI, OPENAI_SENT = sent(httpx, openai.OpenAI, {
    "id": "-", "object": "chat.completion", "created": 0, "model": "m", "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes."}}]})
ANTHROPIC, ANTHROPIC_SENT = sent(httpx2, anthropic.Anthropic, {
    "id": "-", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Yes."}],
    "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}})
# Without refusals of their own, the types of the SDKs would prove nothing.
for kind, wrong in [(ChatCompletionMessageParam, says("tool", "x")), (MessageParam, says("system", 5))]:
    try:
        valid(kind, wrong)
    except ValidationError:
        continue
    raise AssertionError(f"{wrong} is taken for {kind}")

with tempfile.TemporaryDirectory() as folder:
    FOLDER = Path(folder)
    for load in [with_openai, with_anthropic, with_langchain, with_litellm]:
        for chat in CHATS:
            try:
                load(chat)
            except Exception as error:
                sys.exit(f"{load.__name__}, the chat `{chat}`: {type(error).__name__}: {error}")
packages = ", ".join(f"{name} {version(name)}" for name in ["openai", "anthropic", "langchain-core", "litellm"])
print(f"{len(CHATS)} chats are taken by {packages}")
