from api.supervisor.backoff import Backoff


def test_the_wait_doubles_up_to_the_limit() -> None:
    backoff = Backoff(first_s=0.5, longest_s=30)
    assert [backoff.after(0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_process_that_was_well_for_a_minute_starts_anew() -> None:
    backoff = Backoff(first_s=0.5, longest_s=30, healthy_s=60)
    for _ in range(5):
        backoff.after(59.9)
    assert backoff.after(60) == 0.5
    assert backoff.after(0) == 1
