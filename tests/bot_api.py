"""A small Bot API server over real HTTP on loopback, as strict as Telegram where it matters.

It runs in threads, so that it serves a bot in this process or in another one:

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
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote

from fakes import ANN, BOT, PRIVATE, TOKEN, failure, message_update

Json = dict[str, Any]


@dataclass(frozen=True)
class Refuse:
    """Reply with this status instead of doing it; a description of None sends garbage."""

    status: int
    description: str | None = "Internal Server Error"
    retry_after: float | None = None


@dataclass(frozen=True)
class Drop:
    """Close the connection without a reply, before or after doing what was asked."""

    after: bool = False


@dataclass(frozen=True)
class Delay:
    """Do it this many seconds late."""

    seconds: float


class RefusalError(Exception):
    """What the server replies when a call makes no sense."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


class BotApi:
    """The server, what was asked of it, and what people do on the other side."""

    def __init__(self, token: str = TOKEN) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.messages: dict[int, Json] = {}
        self.webhook = self.secret = ""
        self.arrived: dict[int, float] = {}
        self._files: dict[str, bytes] = {}
        self._token = token
        self._changed = Condition()
        self._updates: list[Json] = []
        self._faults: dict[str, deque[Refuse | Drop | Delay]] = defaultdict(deque)
        self._queries: set[str] = set()
        self._next_id = 100
        self._polls = 0
        self._closing = False
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/bot"

    def __enter__(self) -> "BotApi":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # What people do

    def write(self, text: str | None, *, person: int = 7, **other: object) -> int:
        """Ann, or another person, writes to the bot; id of the message."""
        number = self._number()
        who = {"from": {**ANN, "id": person}, "chat": {**PRIVATE, "id": person}}
        update = message_update(text, **{"message_id": number, **who, **other})
        with self._changed:
            self.messages[number] = update["message"]
        self.send(update)
        return number

    def press(self, message_id: int, label: str) -> str:
        """Whoever asked presses the button with that label; id of the query."""
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
        """Ann types after the bot's name in some chat; id of the query."""
        query = f"inline{self._number()}"
        self._queries.add(query)
        self.send({"inline_query": {"id": query, "from": ANN, "query": text, "offset": offset}})
        return query

    def upload(self, name: str, content: bytes, **other: object) -> int:
        """Somebody sends a document; id of the message."""
        document = {"file_id": name, "file_unique_id": name, "file_name": name}
        self._files[name] = content
        return self.write(None, document={**document, "file_size": len(content)}, **other)

    def send(self, update: Json) -> None:
        """Any update; it gets the next id. With a webhook, it is delivered there."""
        with self._changed:
            self._next_id += 1
            numbered = {**update, "update_id": self._next_id}
            if not self.webhook:
                self._updates.append(numbered)
            self._changed.notify_all()
        if self.webhook:
            self.deliver(numbered)

    def deliver(self, update: object, secret: str | None = None) -> int:
        """Call the webhook; its status."""
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
        """The next calls of `method` go wrong, one after the other."""
        self._faults[method].extend(faults)

    def idle(self, method: str) -> bool:
        """Whether every fault that `method` was to have has happened."""
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

    def wait_until_read(self, seconds: float = 10) -> None:
        """Wait until the bot has confirmed every update."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._updates, seconds), "updates unread"

    # What the bot does

    def handle(self, token: str, method: str, parameters: Json) -> tuple[int, Any] | None:
        """Status and payload of a reply; None to hang up."""
        if method == "getUpdates":  # it may not come to an end for long
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
        return None if self._closing or isinstance(fault, Drop) else reply

    def _record(self, method: str, parameters: Json) -> None:
        with self._changed:
            self.calls.append((method, parameters))
            if method == "sendMessage":  # when the first answer to each message came
                reply = parameters.get("reply_parameters") or {}
                self.arrived.setdefault(reply.get("message_id", 0), time.monotonic())
            self._changed.notify_all()

    def _perform(self, token: str, method: str, parameters: Json) -> tuple[int, Any]:
        action = getattr(self, f"_do_{method}", None)
        if token != self._token:
            return failure(401, "Unauthorized")
        if action is None:
            return failure(404, "Not Found")
        try:
            return 200, {"ok": True, "result": action(parameters)}
        except RefusalError as refusal:
            return failure(refusal.status, str(refusal))

    def _do_getMe(self, _: Json) -> Json:  # noqa: N802
        return BOT

    def _do_deleteWebhook(self, _: Json) -> bool:  # noqa: N802
        self.webhook = ""
        return True

    def _do_setWebhook(self, parameters: Json) -> bool:  # noqa: N802
        self.webhook, self.secret = parameters["url"], parameters.get("secret_token", "")
        return True

    def _do_getWebhookInfo(self, _: Json) -> Json:  # noqa: N802
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}

    def _do_getChatMember(self, parameters: Json) -> Json:  # noqa: N802
        user = {**ANN, "id": int(parameters["user_id"])}
        return {"status": "member", "user": user}

    def _do_getFile(self, parameters: Json) -> Json:  # noqa: N802
        name = parameters["file_id"]
        return {"file_id": name, "file_unique_id": name, "file_path": f"documents/{name}"}

    def file(self, path: str) -> bytes | None:
        """What a file holds, by the path that getFile gave."""
        return self._files.get(unquote(path.rpartition("/")[2]))

    def _do_setMyCommands(self, _: Json) -> bool:  # noqa: N802
        return True

    def _do_sendChatAction(self, _: Json) -> bool:  # noqa: N802
        return True

    def _do_getUpdates(self, parameters: Json) -> list[Json]:  # noqa: N802
        if self.webhook:
            raise RefusalError(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(parameters.get("offset", 0))
        with self._changed:
            self._polls += 1
            mine = self._polls
            self._updates = [update for update in self._updates if update["update_id"] >= offset]
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._updates or self._closing or self._polls != mine,
                float(parameters.get("timeout", 0)),
            )
            if self._polls != mine:
                raise RefusalError(409, "Conflict: terminated by other getUpdates request")
            wanted = parameters.get("allowed_updates") or ["message", "callback_query"]
            return [update for update in self._updates if set(update) & set(wanted)]

    def _do_sendMessage(self, parameters: Json) -> Json:  # noqa: N802
        reply = parameters.get("reply_parameters") or {}
        above = self.messages.get(reply.get("message_id") or -1)
        if reply and above is None and not reply.get("allow_sending_without_reply"):
            raise RefusalError(400, "Bad Request: message to be replied not found")
        if above is not None and reply.get("quote", "") not in above.get("text", ""):
            raise RefusalError(400, "Bad Request: QUOTE_TEXT_INVALID")
        return self._sent(parameters, _checked(parameters))

    def _do_sendDocument(self, parameters: Json) -> Json:  # noqa: N802
        document = {"file_id": "sent", "file_unique_id": "sent"}
        return self._sent(parameters, {"document": document})

    def _sent(self, parameters: Json, message: Json) -> Json:
        chat = {**PRIVATE, "id": int(parameters["chat_id"])}
        message.update(message_id=self._number(), date=int(time.time()), chat=chat)
        message["from"] = BOT
        message["reply_parameters"] = parameters.get("reply_parameters")
        self.messages[message["message_id"]] = message
        return message

    def _do_editMessageReplyMarkup(self, parameters: Json) -> Json:  # noqa: N802
        old = self.messages.get(int(parameters["message_id"]))
        if old is None or old["from"] != BOT:
            raise RefusalError(400, "Bad Request: message to edit not found")
        old["reply_markup"] = parameters["reply_markup"]
        return old

    def _do_answerInlineQuery(self, parameters: Json) -> bool:  # noqa: N802
        self._use_query(parameters["inline_query_id"])
        results = parameters["results"]
        if len(results) > 50 or len({result["id"] for result in results}) != len(results):
            raise RefusalError(400, "Bad Request: RESULTS_INVALID")
        for result in results:
            _checked({"text": result["input_message_content"]["message_text"],
                      "entities": result["input_message_content"].get("entities")})  # fmt: skip
        return True

    def _use_query(self, query: str) -> None:
        if query not in self._queries:
            raise RefusalError(400, "Bad Request: query is too old and response timeout expired")
        self._queries.remove(query)

    def _do_editMessageText(self, parameters: Json) -> Json:  # noqa: N802
        old = self.messages.get(int(parameters["message_id"]))
        if old is None or old["from"] != BOT:
            raise RefusalError(400, "Bad Request: message to edit not found")
        new = {**_checked(parameters), "message_id": old["message_id"], "date": old["date"]}
        new["reply_parameters"] = old.get("reply_parameters")
        new.update({"chat": old["chat"], "from": BOT})
        if new == old:
            raise RefusalError(
                400, "Bad Request: message is not modified: specified new message ..."
            )
        self.messages[old["message_id"]] = new
        return new

    def _do_answerCallbackQuery(self, parameters: Json) -> bool:  # noqa: N802
        self._use_query(parameters["callback_query_id"])
        return True

    def _number(self) -> int:
        with self._changed:
            self._next_id += 1
            return self._next_id


def _refused(fault: Refuse) -> tuple[int, Any]:
    if fault.description is None:
        return fault.status, "<html>not JSON"
    extra = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
    return failure(fault.status, fault.description, **extra)


def _checked(parameters: Json) -> Json:
    """The message that Telegram makes of text and entities, or its refusal."""
    text, units = parameters.get("text", ""), 0
    units = len(text.encode("utf-16-le")) // 2
    if not text.strip():
        raise RefusalError(400, "Bad Request: message text is empty")
    if units > 4_096:
        raise RefusalError(400, "Bad Request: message is too long")
    if len(parameters.get("entities") or []) > 100:
        raise RefusalError(400, "Bad Request: too many entities")
    for entity in parameters.get("entities") or []:
        if entity["offset"] < 0 or not 0 < entity["length"] <= units - entity["offset"]:
            raise RefusalError(400, "Bad Request: entity outside of the text")
    message = {"text": text.strip(), "entities": parameters.get("entities") or []}
    if "reply_markup" in parameters:
        rows = parameters["reply_markup"].get("inline_keyboard", [])
        for button in (button for row in rows for button in row):
            if not button.get("url") and not 1 <= len(button["callback_data"].encode()) <= 64:
                raise RefusalError(400, "Bad Request: BUTTON_DATA_INVALID")
        if rows:  # a message keeps buttons, but not that it asked for a reply
            message["reply_markup"] = parameters["reply_markup"]
    return message


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
        token, _, method = self.path.removeprefix("/bot").partition("/")
        reply = self.api.handle(token, method, parameters)
        if reply is None:
            self.close_connection = True
            return
        status, payload = reply
        content = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        try:
            self.end_headers()
            self.wfile.write(content)
        except OSError:  # the bot has hung up, as it does when it stops
            self.close_connection = True

    def do_GET(self) -> None:
        content = self.api.file(self.path)
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

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
    """Lists, objects and booleans come as JSON; everything else as it is."""
    return json.loads(text) if text[:1] in ("[", "{") or text in ("true", "false") else text
