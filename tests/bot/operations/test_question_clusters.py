import hashlib

from bot.operations.question_clusters import cluster_questions, format_clusters


def test_similar_questions_come_together() -> None:
    asked = [
        "When does the museum open?",
        "who won the election",
        "when is the museum open",
        "When will the Museum open??",
    ]
    groups = cluster_questions(asked)
    assert [len(group) for group in groups] == [3, 1]
    assert format_clusters(groups).startswith(
        "3 × When does the museum open?\n    when is the museum open"
    )


def test_similar_questions_in_another_script_come_together() -> None:
    asked = ["Когда открыли мост?", "Кто построил мельницу?", "когда мост открыли"]
    assert [len(group) for group in cluster_questions(asked)] == [2, 1]


def test_the_same_wording_is_listed_once() -> None:
    listed = format_clusters(cluster_questions(["Who?  Ann?", "who, Ann", "who, Ann", "Who? Ann?"]))
    assert listed == "4 × Who? Ann?\n    who, Ann\n"


def test_questions_without_words_are_a_cluster_and_none_is_no_cluster() -> None:
    assert cluster_questions(["?!", "…"]) == [["?!", "…"]]
    assert cluster_questions([]) == []


def test_only_the_latest_questions_are_compared() -> None:
    asked = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2_100)]
    clustered = [question for cluster in cluster_questions(asked) for question in cluster]
    assert sorted(clustered) == sorted(asked[-2_000:])
