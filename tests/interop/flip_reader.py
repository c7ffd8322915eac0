"""Loads a flipped pair again and again, until its standard input ends. Prints what it has met, as JSON.

Arguments: `handle` (as docs/guide/flip.md says) or `path` (current/cert.pem, then current/key.pem), and
the directory of the pair. The module load_pair of that page is found by PYTHONPATH.
"""

import json
import select
import ssl
import sys

from load_pair import load_pair


def load_by_path(directory):
    """Looks `current` up twice."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory + "/current/cert.pem", directory + "/current/key.pem")
    return context


load = {"handle": load_pair, "path": load_by_path}[sys.argv[1]]
met = {"pairs": 0, "mixes": 0, "gone": 0}
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        load(sys.argv[2])
        met["pairs"] += 1
    except FileNotFoundError:
        met["gone"] += 1
    except ssl.SSLError as error:
        if error.reason != "KEY_VALUES_MISMATCH":
            raise
        met["mixes"] += 1
print(json.dumps(met))
