"""How many processes `python -m workers.run` keeps alive."""

import pytest

from workers.run import KINDS, ROOM_FOR_TWO, names_of_children

GB = 1024**3


@pytest.mark.parametrize(
    ("bulk", "cores", "memory", "expected"),
    [
        (0, 1, 64 * GB, 1),
        (0, 2, ROOM_FOR_TWO - 1, 1),
        (0, 2, ROOM_FOR_TWO, 2),
        (0, 64, 64 * GB, 2),
        (1, 64, 64 * GB, 1),
        (4, 1, GB, 4),
    ],
)
def test_long_jobs_have_a_second_process_where_there_is_room(bulk, cores, memory, expected):
    names = names_of_children(bulk, cores, memory)
    assert names[: len(KINDS)] == list(KINDS)
    assert len(set(names)) == len(names)
    assert sum(each.partition(":")[0] == "forking" for each in names) == expected
    assert {each.partition(":")[0] for each in names} == set(KINDS)
