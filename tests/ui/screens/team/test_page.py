"""The Team page: leads give roles, others see their own. Mirrors page.py."""

from streamlit.testing.v1 import AppTest


def page():
    from auditor.ui.screens.team import page

    page.show()


def test_a_lead_gives_a_role_and_sees_it_in_the_table(store, open_as):
    shown = open_as("lea")
    shown.text_input[0].set_value("eve")
    shown.button[0].click().run()
    assert not shown.exception and not shown.error
    assert shown.success[0].value == "eve has the role viewer now."
    assert store.roles.role("eve") == "viewer"
    assert shown.dataframe[0].value["login"].tolist() == ["eve"]


def test_somebody_else_cannot(store, open_as):
    shown = open_as("eve")
    assert shown.button[0].disabled
    assert "ask a lead" in shown.button[0].help
    assert store.roles.role("eve") == "none"


def test_where_nobody_logs_in_it_says_so(store):
    shown = AppTest.from_function(page).run(timeout=60)
    assert "Nobody logs in here" in shown.markdown[0].value
    assert "Give the role" not in [button.label for button in shown.button]
