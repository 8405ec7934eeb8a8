from bot.monitoring.metrics import Metrics
from tests.served import samples


def test_metrics_are_what_prometheus_reads() -> None:
    metrics = Metrics()
    metrics.telegram_errors.labels("TimedOut").inc(2)
    for seconds in (0.01, 0.02, 99.0):
        metrics.answer_seconds.observe(seconds)
    text = metrics.text({"index_age_seconds": ("Age.", 1_234_567.0)}, 'g"1')
    figures = samples(text)
    assert figures['quotebot_telegram_errors_total{kind="TimedOut"}'] == 2
    assert figures['quotebot_answer_seconds_bucket{le="0.01"}'] == 1
    assert figures['quotebot_answer_seconds_bucket{le="0.025"}'] == 2
    assert figures["quotebot_answer_seconds_count"] == 3
    assert figures["quotebot_index_age_seconds"] == 1_234_567
    assert 'generation="g\\"1"' in text
    assert text.endswith("\n")


def test_names_and_types_stay_those_that_are_documented() -> None:
    metrics = Metrics()
    metrics.telegram_errors.labels("TimedOut").inc()
    gauges = {"ready": ("Ready.", 1.0), "uptime_seconds": ("Up.", 2.0)}
    lines = metrics.text(gauges, "g1").splitlines()
    assert [line.removeprefix("# TYPE ") for line in lines if line.startswith("# TYPE")] == [
        "quotebot_updates_total counter",
        "quotebot_questions_total counter",
        "quotebot_answered_total counter",
        "quotebot_failed_total counter",
        "quotebot_telegram_errors_total counter",
        "quotebot_answer_seconds histogram",
        "quotebot_ready gauge",
        "quotebot_uptime_seconds gauge",
        "quotebot_generation_info gauge",
    ]
    bounds = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30, float("inf")]
    buckets = [line for line in lines if line.startswith("quotebot_answer_seconds_bucket")]
    assert [float(line.split('"')[1]) for line in buckets] == bounds


def test_two_bots_of_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.questions.inc()
    assert samples(one.text({}, None))["quotebot_questions_total"] == 1
    assert samples(other.text({}, None))["quotebot_questions_total"] == 0
