from hypothesis import given
from hypothesis import strategies as st

from app.robots.rules.allowance import Held, changed, refused_settings, surplus

ACTIVE = st.lists(st.booleans(), max_size=30).map(
    lambda flags: [Held(number, flag) for number, flag in enumerate(flags)]
)


@given(ACTIVE, st.one_of(st.none(), st.integers(0, 30)))
def test_the_oldest_that_the_plan_includes_stay_and_no_more_than_it_has_room_for(active, most):
    strange, rest = surplus(active, most)
    paused = {*strange, *rest}
    stay = [each for each in active if each.id not in paused]
    assert all(each.is_included for each in stay)
    included = [each for each in active if each.is_included]
    assert stay == (included if most is None else included[:most])
    assert surplus(stay, most) == ([], [])


def test_settings_are_compared_by_name():
    assert changed({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ["b", "c"]
    assert refused_settings("none", ["a"], ["a", "b"]) == ["a", "b"]
    assert refused_settings("basic", ["a"], ["a", "b"]) == ["b"]
    assert refused_settings("advanced", [], ["a", "b"]) == []
