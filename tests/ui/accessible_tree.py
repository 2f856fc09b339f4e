"""Reads a window as a screen reader does, over AT-SPI, and presses one of its buttons; prints JSON.

Run inside ``dbus-run-session``, with a display: ``python -m tests.ui.accessible_tree LAUNCHER``, where LAUNCHER is
at-spi-bus-launcher.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from jeepney import DBusAddress, Message, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

PATIENCE = 60.0
ROOT = "/org/a11y/atspi/accessible/root"
REGISTRY = ("org.a11y.atspi.Registry", ROOT)
Place = tuple[str, str]


def call(place: Place, interface: str, method: str, signature: str | None = None, body: Sequence[Any] = ()) -> Message:
    """Return a question to the object at ``place``: the name of a program on the bus, and a path."""
    return new_method_call(DBusAddress(place[1], place[0], f"org.a11y.atspi.{interface}"), method, signature, body)


def name_of(place: Place) -> Message:
    """Return the question for an object's name."""
    address = DBusAddress(place[1], place[0], "org.freedesktop.DBus.Properties")
    return new_method_call(address, "Get", "ss", ("org.a11y.atspi.Accessible", "Name"))


def ask_all(bus: DBusConnection, messages: Sequence[Message]) -> list[Any]:
    """Return the answer to each question, None where there is none; all are sent before the first is awaited."""
    serials = {}
    for message in messages:
        serial = next(bus.outgoing_serial)
        bus.send(message, serial=serial)
        serials[serial] = len(serials)
    answers: list[Any] = [None] * len(messages)
    while serials:
        reply = bus.receive(timeout=PATIENCE)
        place = serials.pop(reply.header.fields.get(5), None)
        if place is not None and reply.header.message_type == MessageType.method_return:
            answers[place] = reply.body[0] if reply.body else None
    return answers


def until(question: Callable[[], Any]) -> Any:
    """Return the answer once there is one."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise SystemExit("no answer on the bus")


def read(bus: DBusConnection, top: Place) -> list[tuple[str, str, Place]]:
    """Return role, name and place of all that stands under ``top``, level by level."""
    found: list[tuple[str, str, Place]] = []
    level = [top]
    while level:
        names = ask_all(bus, [name_of(place) for place in level])
        roles = ask_all(bus, [call(place, "Accessible", "GetRoleName") for place in level])
        below = ask_all(bus, [call(place, "Accessible", "GetChildren") for place in level])
        found += [(role or "", name[1] if name else "", place)
                  for role, name, place in zip(roles, names, level, strict=True)]  # fmt: skip
        level = [place for children in below for place in children or [] if place[0] == top[0]]
    return found


def main() -> None:
    """Open the window, read it, press «Pause», read the button again, and close."""
    launcher = subprocess.Popen([sys.argv[1], "--launch-immediately"], stderr=subprocess.DEVNULL)
    session = open_dbus_connection("SESSION")
    where = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
    address = until(lambda: ask_all(session, [new_method_call(where, "GetAddress")])[0])
    variables = os.environ | {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "QT_QPA_PLATFORM": "xcb"}
    window = subprocess.Popen([sys.executable, "-m", "stepviz", "--fresh"], env=variables)
    try:
        bus = open_dbus_connection(address)
        programs = until(lambda: ask_all(bus, [call(REGISTRY, "Accessible", "GetChildren")])[0])
        top = tuple(programs[0])
        until(lambda: any(name == "Pause" for _, name, _ in read(bus, top)))
        tree = read(bus, top)
        button = next(place for role, name, place in tree if name == "Pause" and "button" in role)
        ask_all(bus, [call(button, "Action", "DoAction", "i", (0,))])
        until(lambda: ask_all(bus, [name_of(button)])[0][1] == "Play")
        print(json.dumps([(role, name) for role, name, _ in tree]))
    finally:
        window.send_signal(signal.SIGTERM)
        window.wait(PATIENCE)
        launcher.terminate()
        launcher.wait(PATIENCE)


if __name__ == "__main__":
    main()
