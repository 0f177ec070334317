"""auditor/recent.py: the least recently used entry is evicted first."""

import threading

from auditor.recent import Recent


def test_the_least_recently_used_goes_first():
    kept = Recent(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert list(kept) == ["a", "c"] and "b" not in kept and kept.get("b") is None
    kept.drop("a")
    kept.drop("nothing")
    assert list(kept) == ["c"]
    kept.put("d", 4)
    assert list(kept) == ["c", "d"]  # what was dropped takes no room
    kept.clear()
    assert len(kept) == 0


def test_sizes_count_and_the_newest_stays_even_where_it_is_too_large():
    kept = Recent(10, len)
    for key, text in (("a", "1234"), ("b", "1234"), ("a", "12345678")):
        kept.put(key, text)
    assert list(kept) == ["a"]
    kept.put("c", "x" * 99)
    assert list(kept) == ["c"]
    kept.put("d", "1")
    assert list(kept) == ["d"]


def test_of_many_threads_that_bring_one_entry_all_get_the_same():
    kept, taken = Recent(3), []
    threads = [threading.Thread(target=lambda: taken.append(kept.first("a", object()))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, taken))) == 1
