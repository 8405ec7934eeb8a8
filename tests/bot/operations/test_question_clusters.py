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
