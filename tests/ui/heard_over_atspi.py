"""Presses the first offer over AT-SPI and waits for what a screen reader is told; prints the announcements as JSON.

Run inside ``dbus-run-session``, with a display: ``python -m tests.ui.heard_over_atspi LAUNCHER``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

from jeepney import DBusAddress, MatchRule, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from tests.ui.accessible_tree import PATIENCE, REGISTRY, ask_all, call, read, until

EVENT = "object:announcement"
OFFER = "Try next: Press 1: the step function"
WANTED = ("Switch to Step", "hidden units are stuck")


def main() -> None:
    """Open the window, press what is offered first, and listen."""
    launcher = subprocess.Popen([sys.argv[1], "--launch-immediately"], stderr=subprocess.DEVNULL)
    session = open_dbus_connection("SESSION")
    where = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
    address = until(lambda: ask_all(session, [new_method_call(where, "GetAddress")])[0])
    variables = os.environ | {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "QT_QPA_PLATFORM": "xcb"}
    window = subprocess.Popen([sys.executable, "-m", "stepviz", "--fresh"], env=variables)
    try:
        bus, ears = open_dbus_connection(address), open_dbus_connection(address)
        rule = MatchRule(type="signal", interface="org.a11y.atspi.Event.Object", member="Announcement")
        ask_all(ears, [message_bus.AddMatch(rule)])
        registry = DBusAddress("/org/a11y/atspi/registry", "org.a11y.atspi.Registry", "org.a11y.atspi.Registry")
        ask_all(ears, [new_method_call(registry, "RegisterEvent", "sass", (EVENT, [], ""))])
        programs = until(lambda: ask_all(bus, [call(REGISTRY, "Accessible", "GetChildren")])[0])
        top = tuple(programs[0])
        tree = until(lambda: [each for each in read(bus, top) if each[1] == OFFER and "button" in each[0]])
        ask_all(bus, [call(tree[0][2], "Action", "DoAction", "i", (0,))])
        heard: list[str] = []
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and not all(any(words in text for text in heard) for words in WANTED):
            try:
                message = ears.receive(timeout=5)
            except TimeoutError:
                continue
            if message.header.fields.get(3) == "Announcement":
                heard.append(str(message.body[3][1]))
        print(json.dumps(heard))
    finally:
        window.send_signal(signal.SIGTERM)
        window.wait(PATIENCE)
        launcher.terminate()
        launcher.wait(PATIENCE)


if __name__ == "__main__":
    main()
