from bot.chat.records import Preferences
from bot.telegram.views.settings_keyboard import apply_setting


def test_settings_change_only_as_they_may() -> None:
    assert apply_setting(Preferences(), "lang", "ru") == Preferences(language="ru")
    assert apply_setting(Preferences("ru"), "lang", "auto") == Preferences()
    assert apply_setting(Preferences(), "days", "30") == Preferences(days=30)
    assert apply_setting(Preferences(days=30), "days", "0") == Preferences()
    for field, value in (("lang", "xx"), ("k", "999"), ("of", "x-1"), ("days", "7"), ("no", "1")):
        assert apply_setting(Preferences(), field, value) is None
