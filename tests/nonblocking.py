# SPDX-License-Identifier: MIT
"""nonblocking.py INPUT COMMAND...: runs the command between two pipes that do not block, fed slowly
from a file and read slowly; what it prints goes to standard output, its status is ours."""

import os
import subprocess
import sys
import threading
import time

source, target, errors = os.pipe(), os.pipe(), os.pipe()
for end in (*source, *target, *errors):
    os.set_blocking(end, False)
with subprocess.Popen(sys.argv[2:], stdin=source[0], stdout=target[1], stderr=errors[1]) as child:
    for end in (source[0], target[1], errors[1]):
        os.close(end)

    def feed():
        with open(sys.argv[1], 'rb') as file:
            while data := file.read(20000):
                time.sleep(0.005)
                while data:
                    try:
                        data = data[os.write(source[1], data):]
                    except BlockingIOError:
                        time.sleep(0.001)
                    except BrokenPipeError:
                        return
        os.close(source[1])

    threading.Thread(target=feed, daemon=True).start()
    time.sleep(0.3)  # so that the pipe fills
    while True:
        try:
            data = os.read(target[0], 65536)
        except BlockingIOError:
            time.sleep(0.001)
            continue
        if not data:
            break
        sys.stdout.buffer.write(data)
    os.set_blocking(errors[0], True)
    while data := os.read(errors[0], 65536):
        sys.stderr.buffer.write(data)
sys.exit(child.returncode)
