"""auditor/ui/state/blindness.py and session.py: every tab of a person who reviews blind begins blind."""

from tests.ui.state.test_session import ask


def test_a_blind_person_s_other_tabs_begin_blind_until_one_of_them_ends_it(dataset, store):
    def tab(question, person="grace"):
        """What a new tab with an address from before says."""
        return ask(f"(session.call_annotator({person!r}), {question})[1]", ds=dataset.key)

    assert not tab("session.blind()")
    tab("session.show_view({'blind': '1', 'page': '2'})")
    assert tab("session.blind()") and tab("session.link('history')").endswith("&blind=1")
    assert tab("session.blind_in_address(review=True) or st.query_params['blind']") == "1"
    assert tab(f"session.choose({dataset.key!r}) or session.blind()")
    tab("session.show_view({'page': '2'})")  # by a tab that was open before, and not blind
    assert tab("session.blind()") and not tab("session.blind()", "alan")
    tab("[session.show_view(view) for view in ({'blind': '1'}, {})]")
    assert not tab("session.blind()")
    tab("session.show_view({'blind': '1'})")
    tab("session.leave_blind()")
    assert not tab("session.blind()")
