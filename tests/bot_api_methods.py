"""The methods of the fake Bot API, as strict as Telegram in what the bot uses."""

import time
from threading import Condition
from typing import Any

from tests.fakes import ANN, BOT, PRIVATE

Json = dict[str, Any]


class RefusalError(Exception):
    """Makes the server refuse a call, with this status and description."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


class Methods:
    """A method `do_NAME` for each method NAME of the Bot API, and their data."""

    def __init__(self) -> None:
        self.messages: dict[int, Json] = {}
        self.webhook = self.secret = ""
        self.menus: dict[tuple[str, str], list[str]] = {}
        self._files: dict[str, bytes] = {}
        self._changed = Condition()
        self._updates: list[Json] = []
        self._queries: set[str] = set()
        self._next_id = 100
        self._polls = 0
        self._closing = False

    def do_getMe(self, _: Json) -> Json:  # noqa: N802
        return BOT

    def do_deleteWebhook(self, _: Json) -> bool:  # noqa: N802
        self.webhook = ""
        return True

    def do_setWebhook(self, parameters: Json) -> bool:  # noqa: N802
        self.webhook, self.secret = parameters["url"], parameters.get("secret_token", "")
        return True

    def do_getWebhookInfo(self, _: Json) -> Json:  # noqa: N802
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}

    def do_getChatMember(self, parameters: Json) -> Json:  # noqa: N802
        user = {**ANN, "id": int(parameters["user_id"])}
        return {"status": "member", "user": user}

    def do_getFile(self, parameters: Json) -> Json:  # noqa: N802
        name = parameters["file_id"]
        return {"file_id": name, "file_unique_id": name, "file_path": f"documents/{name}"}

    def do_setMyCommands(self, parameters: Json) -> bool:  # noqa: N802
        place = (parameters["scope"]["type"], parameters.get("language_code", ""))
        self.menus[place] = [command["command"] for command in parameters["commands"]]
        return True

    def do_sendChatAction(self, _: Json) -> bool:  # noqa: N802
        return True

    def do_getUpdates(self, parameters: Json) -> list[Json]:  # noqa: N802
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

    def do_sendMessage(self, parameters: Json) -> Json:  # noqa: N802
        reply = parameters.get("reply_parameters") or {}
        above = self.messages.get(reply.get("message_id") or -1)
        if reply and above is None and not reply.get("allow_sending_without_reply"):
            raise RefusalError(400, "Bad Request: message to be replied not found")
        if above is not None and reply.get("quote", "") not in above.get("text", ""):
            raise RefusalError(400, "Bad Request: QUOTE_TEXT_INVALID")
        return self._sent(parameters, _checked(parameters))

    def do_sendDocument(self, parameters: Json) -> Json:  # noqa: N802
        document = {"file_id": "sent", "file_unique_id": "sent"}
        return self._sent(parameters, {"document": document})

    def _sent(self, parameters: Json, message: Json) -> Json:
        chat = {**PRIVATE, "id": int(parameters["chat_id"])}
        message.update(message_id=self._number(), date=int(time.time()), chat=chat)
        message["from"] = BOT
        message["reply_parameters"] = parameters.get("reply_parameters")
        self.messages[message["message_id"]] = message
        return message

    def do_editMessageReplyMarkup(self, parameters: Json) -> Json:  # noqa: N802
        old = self.messages.get(int(parameters["message_id"]))
        if old is None or old["from"] != BOT:
            raise RefusalError(400, "Bad Request: message to edit not found")
        old["reply_markup"] = parameters["reply_markup"]
        return old

    def do_answerInlineQuery(self, parameters: Json) -> bool:  # noqa: N802
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

    def do_editMessageText(self, parameters: Json) -> Json:  # noqa: N802
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

    def do_answerCallbackQuery(self, parameters: Json) -> bool:  # noqa: N802
        self._use_query(parameters["callback_query_id"])
        return True

    def _number(self) -> int:
        with self._changed:
            self._next_id += 1
            return self._next_id


def _checked(parameters: Json) -> Json:
    """The message that is made of text and entities. Raises RefusalError as Telegram would."""
    text = parameters.get("text", "")
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
