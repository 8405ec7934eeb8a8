"""A small Bot API server over real HTTP on loopback, as strict as Telegram in what the bot uses.

It runs in threads, so it can serve a bot in this process or in another one:

    with BotApi() as telegram:          # telegram.base_url goes into TELEGRAM_BASE_URL
        telegram.write("When?")         # somebody writes to the bot
        telegram.wait_for("sendMessage")
        telegram.fail("sendMessage", Refuse(429, "Too Many Requests", retry_after=1))
"""

import json
import time
import urllib.error
import urllib.request
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.bot_api_methods import Json, Methods, RefusalError
from tests.fakes import ANN, PRIVATE, TOKEN, failure, message_update


@dataclass(frozen=True)
class Refuse:
    """Do not do the call, and reply with this status; without a description, not even JSON."""

    status: int
    description: str | None = "Internal Server Error"
    retry_after: float | None = None


@dataclass(frozen=True)
class Drop:
    """Close the connection without a reply, before or after doing the call."""

    after: bool = False


@dataclass(frozen=True)
class Delay:
    """Do the call this many seconds late."""

    seconds: float


class BotApi(Methods):
    """The server. It records calls of the bot, and has methods for what people do.

    `arrived` is when the first answer to each message came: id of the message → `time.monotonic`.
    """

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__()
        self.calls: list[tuple[str, Json]] = []
        self.arrived: dict[int, float] = {}
        self.clock_ahead = 0.0  # seconds, of the Date header of replies
        self._token = token
        self._faults: dict[str, deque[Refuse | Drop | Delay]] = defaultdict(deque)
        self._handler = type("Handler", (_Handler,), {"api": self})
        self._away = False
        self._listen(0)

    def _listen(self, port: int) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/bot"

    def __enter__(self) -> "BotApi":
        self._thread.start()
        return self

    def go_away(self) -> None:
        """Begin an outage: open connections break, new ones are refused."""
        with self._changed:
            self._away = True
            self._changed.notify_all()
        self._stop()

    def come_back(self) -> None:
        """End the outage; the bot can fetch what people wrote meanwhile."""
        self._away = False
        self._listen(self._server.server_address[1])
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._stop()

    def _stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # What people do

    def write(self, text: str | None, *, person: int = 7, **other: object) -> int:
        """Send a message of Ann, or of another person, to the bot; its id."""
        number = self._number()
        who = {"from": {**ANN, "id": person}, "chat": {**PRIVATE, "id": person}}
        update = message_update(text, **{"message_id": number, **who, **other})
        with self._changed:
            self.messages[number] = update["message"]
        self.send(update)
        return number

    def press(self, message_id: int, label: str) -> str:
        """Press the button with that label, as the person of the chat; id of the query."""
        message = self.messages[message_id]
        rows = message["reply_markup"]["inline_keyboard"]
        buttons = {button["text"]: button.get("callback_data") for row in rows for button in row}
        query = f"query{self._number()}"
        self._queries.add(query)
        who = {**ANN, "id": message["chat"]["id"]}
        press = {"id": query, "from": who, "chat_instance": "1", "message": message}
        self.send({"callback_query": {**press, "data": buttons[label]}})
        return query

    def type(self, text: str, offset: str = "") -> str:
        """Send an inline query of Ann; its id."""
        query = f"inline{self._number()}"
        self._queries.add(query)
        self.send({"inline_query": {"id": query, "from": ANN, "query": text, "offset": offset}})
        return query

    def upload(self, name: str, content: bytes, **other: object) -> int:
        """Send a document of Ann, or of another person; id of the message."""
        document = {"file_id": name, "file_unique_id": name, "file_name": name}
        self._files[name] = content
        return self.write(None, document={**document, "file_size": len(content)}, **other)

    def send(self, update: Json) -> None:
        """Give any update the next id and let the bot have it, by webhook if one is set."""
        with self._changed:
            self._next_id += 1
            numbered = {**update, "update_id": self._next_id}
            if not self.webhook:
                self._updates.append(numbered)
            self._changed.notify_all()
        if self.webhook:
            self.deliver(numbered)

    def deliver(self, update: object, secret: str | None = None) -> int:
        """Call the webhook; the status of its reply."""
        headers = {"Content-Type": "application/json"}
        given = self.secret if secret is None else secret
        if given:
            headers["X-Telegram-Bot-Api-Secret-Token"] = given
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        request = urllib.request.Request(self.webhook, body, headers)  # noqa: S310  # our own
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code

    # What a test does

    def fail(self, method: str, *faults: Refuse | Drop | Delay) -> None:
        """Let the next calls of `method` fail, one fault for each call."""
        self._faults[method].extend(faults)

    def idle(self, method: str) -> bool:
        """Whether all faults of `method` have happened."""
        return not self._faults[method]

    def named(self, method: str) -> list[Json]:
        """Parameters of every call of `method`, in order."""
        return [parameters for name, parameters in self.calls if name == method]

    def wait_for(self, method: str, count: int = 1, seconds: float = 10) -> list[Json]:
        """Parameters of the calls of `method`, as soon as there are `count`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.named(method)) >= count, seconds):
                raise AssertionError(f"{len(self.named(method))} of {count} calls of {method}")
        return self.named(method)

    def unread(self) -> list[int]:
        """Ids of the messages that the bot has not confirmed."""
        return [update["message"]["message_id"] for update in self._updates]

    def wait_until_read(self, seconds: float = 10) -> None:
        """Wait until the bot has confirmed every update."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._updates, seconds), "updates unread"

    # What the bot does

    def handle(self, token: str, method: str, parameters: Json) -> tuple[int, Any] | None:
        """Status and payload of a reply; None to hang up."""
        if self._away:
            return None
        if method == "getUpdates":  # recorded at once: it may wait for a long time
            self._record(method, parameters)
        fault = self._faults[method].popleft() if self._faults[method] else None
        if isinstance(fault, Delay):
            time.sleep(fault.seconds)
        reply: tuple[int, Any] | None = None
        if isinstance(fault, Refuse):
            reply = _refused(fault)
        elif not (isinstance(fault, Drop) and not fault.after):
            reply = self._perform(token, method, parameters)
        if method != "getUpdates":
            self._record(method, parameters)
        gone = self._closing or self._away
        return None if gone or isinstance(fault, Drop) else reply

    def download(self, path: str) -> tuple[int, bytes] | None:
        """Status and content of a file, by the path that getFile gave; None to hang up."""
        content = self._files.get(unquote(path.rpartition("/")[2]))
        fault = self._faults["file"].popleft() if self._faults["file"] else None
        self._record("file", {"path": path})
        if isinstance(fault, Delay):
            time.sleep(fault.seconds)
        if isinstance(fault, Drop):
            return None
        if isinstance(fault, Refuse) and fault.status != 200:
            return fault.status, _encoded(_refused(fault)[1])
        return (404, b"") if content is None else (200, content)

    def _record(self, method: str, parameters: Json) -> None:
        with self._changed:
            self.calls.append((method, parameters))
            if method == "sendMessage":  # when the first answer to each message came
                reply = parameters.get("reply_parameters") or {}
                self.arrived.setdefault(reply.get("message_id", 0), time.monotonic())
            self._changed.notify_all()

    def _perform(self, token: str, method: str, parameters: Json) -> tuple[int, Any]:
        action = getattr(self, f"do_{method}", None)
        if token != self._token:
            return failure(401, "Unauthorized")
        if action is None:
            return failure(404, "Not Found")
        try:
            return 200, {"ok": True, "result": action(parameters)}
        except RefusalError as refusal:
            return failure(refusal.status, str(refusal))


def _encoded(payload: Any) -> bytes:
    return (payload if isinstance(payload, str) else json.dumps(payload)).encode()


def _refused(fault: Refuse) -> tuple[int, Any]:
    if fault.description is None:
        return fault.status, "<html>not JSON"
    extra = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
    return failure(fault.status, fault.description, **extra)


class _Handler(BaseHTTPRequestHandler):
    api: BotApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(
            "utf-8", "replace"
        )
        if "form-data" in self.headers.get("Content-Type", ""):
            parameters: Json = _parts(body)
        else:
            parameters = {name: _value(values[0]) for name, values in parse_qs(body, True).items()}
        self._call(parameters)

    def _call(self, parameters: Json) -> None:
        token, _, method = self.path.removeprefix("/bot").partition("/")
        reply = self.api.handle(token, method, parameters)
        if reply is None:
            self.close_connection = True
            return
        status, payload = reply
        content = _encoded(payload)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        try:
            self.end_headers()
            self.wfile.write(content)
        except OSError:  # the bot has hung up, as it does when it stops
            self.close_connection = True

    def do_GET(self) -> None:
        if self.path.startswith("/bot"):
            self._call({})
            return
        reply = self.api.download(self.path)
        if reply is None:
            self.close_connection = True
            return
        status, content = reply
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        with suppress(OSError):
            self.end_headers()
            self.wfile.write(content)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.api.clock_ahead)

    def log_message(self, *_: object) -> None:
        pass


def _parts(body: str) -> Json:
    """Fields of a multipart form; a file's content comes as text."""
    found: Json = {}
    for part in body.split("--" + body[2 : body.index("\r\n")])[1:-1]:
        head, _, content = part.partition("\r\n\r\n")
        found[head.split('name="')[1].partition('"')[0]] = _value(content.removesuffix("\r\n"))
    return found


def _value(text: str) -> Any:
    """The value of a parameter: lists, objects and booleans are in JSON, others are text."""
    return json.loads(text) if text[:1] in ("[", "{") or text in ("true", "false") else text
