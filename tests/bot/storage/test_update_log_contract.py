from concurrent.futures import ThreadPoolExecutor

from bot.chat.ports import BotStorage


def test_an_update_is_claimed_once(storage: BotStorage) -> None:
    claim = storage.updates.claim
    assert (claim(1), claim(2), claim(1)) == (True, True, False)


def test_one_of_several_threads_gets_it(storage: BotStorage) -> None:
    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(storage.updates.claim, [number // 4 for number in range(400)]))
    assert sum(claimed) == 100


def test_thousands_of_later_updates_do_not_free_a_recent_one(storage: BotStorage) -> None:
    for number in range(3_000):
        storage.updates.claim(number)
    assert not storage.updates.claim(0)


def test_a_single_process_leads(storage: BotStorage) -> None:
    assert storage.leader.held()
