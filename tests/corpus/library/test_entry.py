from datetime import UTC, date, datetime

from corpus.library.entry import Entry


def test_the_names_in_json_stay_what_they_were() -> None:
    day, moment = date(2024, 1, 2), datetime(2024, 1, 2, tzinfo=UTC)
    entry = Entry(
        "a", "T", day, None, "/news/a", None, "en", 3, moment, moment, source_name="/news"
    )
    assert entry.to_dict() == {
        "id": "a",
        "title": "T",
        "published": day,
        "updated": None,
        "source": "/news/a",
        "url": None,
        "language": "en",
        "paragraphs": 3,
        "first_seen": moment,
        "changed_at": moment,
        "author": None,
        "root": "/news",
        "vanished_at": None,
        "copy_of": None,
    }
