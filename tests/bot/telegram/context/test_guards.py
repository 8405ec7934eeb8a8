from pathlib import Path

from bot.i18n.catalog import catalog_for
from tests.fakes import ADMIN, GROUP, fake_bot, message_update

say = catalog_for("en")


async def test_commands_of_admins_are_refused_in_private_and_ignored_in_groups(
    tmp_path: Path,
) -> None:
    async with fake_bot(tmp_path, admin_ids=(99,)) as bot:
        for command in ("/status", "/stats", "/reindex", "/remove a1", "/ban 7"):
            await bot.feed(message_update(command, GROUP))
            assert bot.request.calls == []
            assert (await bot.ask(command))["text"] == say("admin_only")
            bot.request.calls.clear()
        assert not bot.bot.services.chats.is_banned(7)
        await bot.ask("/ban 7", **{"from": ADMIN})
        assert bot.bot.services.chats.is_banned(7)
