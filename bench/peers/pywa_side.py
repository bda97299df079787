"""pywa verifies and reads webhook bodies: `pywa_side.py FILE SECRET`, the file with a body and a signature a line."""

import json
import sys
import time
from pathlib import Path

from pywa import WhatsApp
from pywa.types import Message

path, secret = sys.argv[1:]

client = WhatsApp(
    phone_id="123456789012345", token="bench", server=None, app_secret=secret, verify_token="bench"
)
read = 0


@client.on_message
def count(_: WhatsApp, message: Message) -> None:
    global read
    read += bool(message.text)


lines = [line.split(b"\t") for line in Path(path).read_bytes().splitlines()]
began = time.perf_counter()
for signature, body in lines:
    if client.webhook_update_validator(body, signature.decode()):
        raise SystemExit("a genuine signature was refused")
    client.webhook_update_handler(body)
seconds = time.perf_counter() - began
print(json.dumps({"rate": len(lines) / seconds, "read": read}))
