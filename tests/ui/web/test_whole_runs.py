"""whole_runs.py: what a run drew is not dropped while its end is kept."""

import inspect

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from auditor.ui.web import whole_runs


@pytest.fixture(autouse=True)
def original(monkeypatch):
    """Streamlit's own queue, whatever this process did before."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", inspect.unwrap(ForwardMsgQueue.clear))


def drawn(text, fragment="grid"):
    message = ForwardMsg()
    message.metadata.delta_path[:] = [0, 2, 0]
    message.delta.fragment_id = fragment
    message.delta.new_element.text.body = text
    return message


def finished():
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    return message


def after_a_fragment_began():
    """The queue of a page run that was not sent yet when its fragment runs again."""
    queue = ForwardMsgQueue()
    queue.enqueue(drawn("first"))
    queue.enqueue(finished())
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["grid"])
    queue.enqueue(drawn("second"))
    return [message.delta.new_element.text.body or "finished" for message in queue.flush()]


def test_streamlit_s_own_queue_keeps_the_end_of_a_run_without_what_it_drew():
    assert after_a_fragment_began() == ["finished", "second"]  # where this fails, whole_runs.py is not needed any more


def test_a_run_stays_whole_and_in_order():
    assert whole_runs.keep_whole_runs()
    assert after_a_fragment_began() == ["first", "finished", "second"]


def test_a_run_of_the_whole_page_replaces_what_was_not_sent():
    whole_runs.keep_whole_runs()
    queue = ForwardMsgQueue()
    queue.enqueue(drawn("first"))
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.is_empty()


def test_another_queue_is_left_alone(monkeypatch):
    monkeypatch.setattr(ForwardMsgQueue, "clear", lambda _: None)
    assert not whole_runs.keep_whole_runs()
    ForwardMsgQueue().clear()
