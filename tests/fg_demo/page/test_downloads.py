"""The file of scores that a visitor downloads: whole, also when everybody downloads at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from fg_demo.page import downloads


def test_visitors_who_see_the_same_scores_at_the_same_time_all_get_the_file(monkeypatch):
    monkeypatch.setattr(downloads, "MAX_DOWNLOADS", 3)
    tables = [pd.DataFrame({"score": [number] * 50}) for number in range(5)]

    def download(number: int) -> None:
        path = downloads.write_csv(tables[number % 5])
        assert path.name == "scores.csv"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(download, range(400)))
    latest = downloads.write_csv(tables[0])
    pd.testing.assert_frame_equal(pd.read_csv(latest), tables[0])
    assert len(list(latest.parents[1].iterdir())) <= 3
