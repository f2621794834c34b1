#!/usr/bin/env python3
"""Writes envelope-v2.json: docs/spec/envelope-v2.md done once more, apart from packages/crypto.

Needs the package cryptography for AES-GCM and X25519; HKDF is the twenty lines of RFC 5869 below.
"""
import base64
import hashlib
import hmac
import json
import os
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT = b"mod-gearman envelope v2"
DIRECTIONS = {"job": 1, "result": 2, "passive": 3, "enrol-request": 4, "enrol-answer": 5}


def hkdf(secret, salt, info, length):
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    block, out = b"", b""
    for number in range(1, 256):
        if len(out) >= length:
            break
        block = hmac.new(key, block + info + bytes([number]), hashlib.sha256).digest()
        out += block
    return out[:length]


def info(label, *fields):
    return label.encode() + b"\0" + b"".join(struct.pack(">H", len(field)) + field for field in fields)


def job_secret(master, queue, epoch):
    return hkdf(master, SALT, info("job key", struct.pack(">H", epoch), queue), 32)


def identity_secret(master, direction, identity, epoch):
    return hkdf(master, SALT, info(direction + " key", struct.pack(">H", epoch), identity), 32)


def identity_id(name):
    return hashlib.sha256(info("identity", name)).digest()[:8]


def secret_id(secret):
    return hkdf(secret, SALT, info("key id"), 8)


def seal(direction, queue, epoch, key_id, secret, boot_id, counter, time_ms, text):
    header = bytes([0xB2, DIRECTIONS[direction]]) + struct.pack(">H", epoch) + key_id + boot_id
    header += struct.pack(">Q", counter)[2:] + struct.pack(">Q", time_ms)[2:]
    key = hkdf(secret, boot_id, info("message key"), 32)
    data = bytes([DIRECTIONS[direction]]) + struct.pack(">H", len(queue)) + queue + header
    nonce = bytes(6) + struct.pack(">Q", counter)[2:]
    return header + AESGCM(key).encrypt(nonce, text, data)


def ticket_secret(master, seed):
    return hkdf(master, SALT, info("ticket", seed), 32)


def ticket_text(secret, bridge_key, queue, servers):
    body = secret + bridge_key + struct.pack(">H", len(queue)) + queue + servers
    word = base64.urlsafe_b64encode(body + hashlib.sha256(body).digest()[:4]).decode()
    return "mgt1-" + word.rstrip("=")


def enrolment(master):
    """Tickets, and secrets that answers to them are sealed under."""
    bridge = X25519PrivateKey.from_private_bytes(hkdf(master, SALT, info("enrol key"), 32))
    bridge_key = bridge.public_key().public_bytes_raw()
    tickets = []
    for seed, queue, servers in [
        (bytes(16), b"mod_gearman_enroll", b"gearman.example.org:4730"),
        (bytes(range(16)), b"q", b"[::1]:4731,10.0.0.1:4730"),
        (b"\xff" * 16, b"\xc3\xa4" * 255 + b"q", b"h"),
    ]:
        secret = ticket_secret(master, seed)
        machine = X25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())
        public = machine.public_key().public_bytes_raw()
        shared = machine.exchange(X25519PublicKey.from_public_bytes(bridge_key))
        tickets.append({
            "seed": seed.hex(), "secret": secret.hex(), "keyId": secret_id(secret).hex(),
            "queue": b64(queue), "servers": servers.decode(),
            "text": ticket_text(secret, bridge_key, queue, servers),
            "machinePrivate": hashlib.sha256(seed).hexdigest(), "machinePublic": public.hex(),
            "answerSecret": hkdf(secret, shared, info("enrol answer"), 32).hex(),
        })
    return {"bridgePublic": bridge_key.hex(), "tickets": tickets}


def b64(content):
    return base64.b64encode(content).decode()


def main():
    master = bytes(range(32))
    boot = bytes(range(0xA0, 0xB0))
    now = 1_795_246_679_712
    queues = [b"service", b"host", b"hostgroup_\xc3\xa4\xff", b"q" * 511]
    names = [b"worker-1", b"w", "büro".encode(), b"n" * 300]
    secrets = []
    for queue, epoch in [(queue, epoch) for queue in queues for epoch in (1, 2, 65535)]:
        secret = job_secret(master, queue, epoch)
        secrets.append({"direction": "job", "queue": b64(queue), "epoch": epoch, "secret": secret.hex(), "keyId": secret_id(secret).hex()})
    for name, direction in [(name, direction) for name in names for direction in ("result", "passive")]:
        identity = identity_id(name)
        secret = identity_secret(master, direction, identity, 7)
        secrets.append({"direction": direction, "name": b64(name), "epoch": 7, "secret": secret.hex(), "keyId": identity.hex()})
    ticket = bytes(range(200, 232))
    secrets.append({"direction": "enrol-request", "epoch": 0, "secret": ticket.hex(), "keyId": secret_id(ticket).hex()})

    job = job_secret(master, b"service", 1)
    worker, sender = identity_id(b"worker-1"), identity_id(b"passive-1")
    keys = {
        "job": (1, secret_id(job), job),
        "result": (7, worker, identity_secret(master, "result", worker, 7)),
        "passive": (65535, sender, identity_secret(master, "passive", sender, 65535)),
        "enrol-request": (0, secret_id(ticket), ticket),
        "enrol-answer": (0, secret_id(ticket), ticket),
    }
    queue_of = {"job": b"service", "result": b"check_results", "passive": b"check_results"}
    texts = [b"", b"x", b"type=service\nhost_name=h\n\n\n", bytes(range(1, 256)), b"k=" + b"v" * 4094]
    messages = []
    for direction, (epoch, key_id, secret) in keys.items():
        queue = queue_of.get(direction, b"enrol")
        for at, text in enumerate(texts):
            counter = [1, 2, 255, 2**32, 2**48 - 1][at]
            time_ms = [now, 0, 2**48 - 1, now + 1, now][at]
            payload = seal(direction, queue, epoch, key_id, secret, boot, counter, time_ms, text)
            messages.append({
                "name": f"{direction}, {len(text)} bytes",
                "direction": direction, "queue": b64(queue), "epoch": epoch, "keyId": key_id.hex(),
                "secret": secret.hex(), "bootId": boot.hex(), "counter": counter, "timeMs": time_ms,
                "plaintext": b64(text), "ciphertext": b64(payload),
            })

    epoch, key_id, secret = keys["result"]
    text = b"host_name=h\nreturn_code=2\noutput=CRITICAL\n"

    def result(queue=b"check_results", as_direction="result", by=secret, number=epoch, identity=key_id, said=text):
        return seal(as_direction, queue, number, identity, by, boot, 9, now, said)

    good = result()
    messages.append({
        "name": "result that refusals are made of",
        "direction": "result", "queue": b64(b"check_results"), "epoch": epoch, "keyId": key_id.hex(),
        "secret": secret.hex(), "bootId": boot.hex(), "counter": 9, "timeMs": now,
        "plaintext": b64(text), "ciphertext": b64(good),
    })

    def changed(at, bit=1):
        return good[:at] + bytes([good[at] ^ bit]) + good[at + 1:]

    other = seal("result", b"check_results", epoch, key_id, secret, boot, 10, now, text.replace(b"return_code=2", b"return_code=0"))
    messages.append({**messages[-1], "name": "another result", "counter": 10, "plaintext": b64(text.replace(b"return_code=2", b"return_code=0")), "ciphertext": b64(other)})
    refusals = [
        ("empty", b"", "NOT_SEALED_V2"),
        ("legacy", base64.b64encode(text), "NOT_SEALED_V2"),
        ("first byte of another version", changed(0), "NOT_SEALED_V2"),
        ("first byte only", good[:1], "TOO_SHORT"),
        ("55 bytes", good[:55], "TOO_SHORT"),
        ("a job", seal("job", b"check_results", epoch, key_id, secret, boot, 9, now, text), "WRONG_DIRECTION"),
        ("a passive result", result(as_direction="passive"), "WRONG_DIRECTION"),
        ("direction 0", good[:1] + b"\0" + good[2:], "WRONG_DIRECTION"),
        ("direction 6", good[:1] + b"\6" + good[2:], "WRONG_DIRECTION"),
        ("direction of the header changed to the expected one", good[:1] + b"\2" + result(as_direction="passive")[2:], "NOT_AUTHENTIC"),
        ("one byte too many", result(said=b"a" * 5000 + b"b"), "TOO_LONG"),
        ("another epoch", result(number=8), "UNKNOWN_KEY"),
        ("another identity", result(identity=identity_id(b"worker-2")), "UNKNOWN_KEY"),
        ("a revoked identity", result(identity=identity_id(b"revoked")), "REVOKED"),
        ("another secret", result(by=bytes(32)), "NOT_AUTHENTIC"),
        ("another queue", result(queue=b"check_results2"), "NOT_AUTHENTIC"),
        ("boot id changed", changed(12), "NOT_AUTHENTIC"),
        ("counter changed", changed(33), "NOT_AUTHENTIC"),
        ("time changed", changed(39), "NOT_AUTHENTIC"),
        ("text changed", changed(40), "NOT_AUTHENTIC"),
        ("tag changed", changed(len(good) - 1, 0x80), "NOT_AUTHENTIC"),
        ("cut by one byte", good[:-1], "NOT_AUTHENTIC"),
        ("cut by 16 bytes", good[:-16], "NOT_AUTHENTIC"),
        ("one byte appended", good + b"\0", "NOT_AUTHENTIC"),
        ("tail of another result", good[:56] + other[56:], "NOT_AUTHENTIC"),
        ("header of another result", other[:40] + good[40:], "NOT_AUTHENTIC"),
        ("NUL in the text", result(said=b"output=a\0b"), "NUL_IN_TEXT"),
    ]
    document = {
        "source": "Made by envelope-v2.py beside this file, which does docs/spec/envelope-v2.md with Python's hmac and the package cryptography, apart from packages/crypto. No original program speaks this form.",
        "master": master.hex(),
        "secrets": secrets,
        "messages": messages,
        "receiver": {"direction": "result", "queue": b64(b"check_results"), "epoch": epoch, "keyId": key_id.hex(), "secret": secret.hex(), "revokedId": identity_id(b"revoked").hex(), "maxTextBytes": 5000},
        "enrolment": enrolment(master),
        "refusals": [{"name": name, "ciphertext": b64(payload), "reason": reason} for name, payload, reason in refusals],
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "envelope-v2.json")
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


main()
