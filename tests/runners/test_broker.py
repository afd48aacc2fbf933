"""The broker that is a folder: whole messages, each taken once, in order."""

import json
import multiprocessing
import socket
from pathlib import Path

import pytest
from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.exceptions import ChannelError

PRODUCERS = 2
CONSUMERS = 2
MESSAGES_EACH = 1_500


def connection(folder: Path) -> Connection:
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    return Connection("filesystem://", transport="runners.broker:Transport", transport_options=options)


def queue(name: str) -> Queue:
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


def produce(folder: Path, producer: int) -> None:
    with connection(folder) as link:
        send = Producer(link.default_channel)
        for number in range(MESSAGES_EACH):
            body = {"producer": producer, "number": number, "filling": "x" * 3_000}
            send.publish(body, exchange="", routing_key="busy", serializer="json")


def consume(folder: Path, results: Path, stop: "multiprocessing.synchronize.Event") -> None:
    seen = []

    def keep(body, message) -> None:
        seen.append((body["producer"], body["number"], len(body["filling"])))
        message.ack()

    with connection(folder) as link, Consumer(link.default_channel, queues=[queue("busy")], callbacks=[keep]):
        while True:
            is_last_look = stop.is_set()
            try:
                link.drain_events(timeout=0.3)
            except TimeoutError:
                if is_last_look:
                    break
    results.write_text(json.dumps(seen))


@pytest.mark.slow
def test_four_processes_lose_no_message_and_take_none_twice(tmp_path):
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    folder = tmp_path / "broker"
    results = [tmp_path / f"{number}.json" for number in range(CONSUMERS)]
    consumers = [context.Process(target=consume, args=(folder, result, stop)) for result in results]
    producers = [context.Process(target=produce, args=(folder, number)) for number in range(PRODUCERS)]

    for process in consumers + producers:
        process.start()
    for process in producers:
        process.join(120)
    stop.set()
    for process in consumers:
        process.join(120)

    assert [process.exitcode for process in consumers + producers] == [0] * (CONSUMERS + PRODUCERS)
    seen = sorted(tuple(line) for result in results for line in json.loads(result.read_text()))
    assert seen == [(producer, number, 3_000) for producer in range(PRODUCERS) for number in range(MESSAGES_EACH)]


def test_messages_come_in_the_order_in_which_they_were_sent(tmp_path):
    with connection(tmp_path) as link:
        lane = link.SimpleQueue("lane.cpu")
        for number in range(30):
            lane.put(number)

        taken = [lane.get(timeout=30).payload for _ in range(30)]

        lane.close()
    assert taken == list(range(30))


def test_a_queue_never_receives_what_was_sent_to_one_with_a_similar_name(tmp_path):
    with connection(tmp_path) as link:
        fast, slow = link.SimpleQueue("cpu"), link.SimpleQueue("lane.cpu")

        slow.put("for the lane")

        assert (fast.qsize(), slow.qsize()) == (0, 1)
        fast.close()
        slow.close()


def test_a_message_that_is_being_written_is_not_seen(tmp_path):
    (tmp_path / ".0123.part").write_text('{"half a')
    with connection(tmp_path) as link:
        lane = link.SimpleQueue("lane.cpu")

        with pytest.raises(lane.Empty):
            lane.get(block=False)

        lane.close()


def test_bindings_are_shared_among_processes_and_written_once(tmp_path):
    for _ in range(2):
        with connection(tmp_path) as link:
            queue("busy")(link.default_channel).declare()

    table = json.loads((tmp_path / "control" / "busy.exchange").read_text())
    assert [line[2] for line in table] == ["busy"]


def test_purging_empties_one_queue_only(tmp_path):
    with connection(tmp_path) as link:
        one, other = link.SimpleQueue("one"), link.SimpleQueue("other")
        for number in range(3):
            one.put(number)
            other.put(number)

        assert one.clear() == 3

        assert (one.qsize(), other.qsize()) == (0, 3)
        one.close()
        other.close()


def test_a_missing_folder_option_is_refused_with_a_sentence():
    with (
        Connection("filesystem://", transport="runners.broker:Transport") as link,
        pytest.raises(ChannelError, match="data_folder"),
    ):
        link.SimpleQueue("lane.cpu")


def test_an_empty_folder_times_out(tmp_path):
    with (
        connection(tmp_path) as link,
        Consumer(link.default_channel, queues=[queue("busy")]),
        pytest.raises(socket.timeout),
    ):
        link.drain_events(timeout=0.05)
