"""Damaged and hostile variants of good inputs: bytes, JSON, tar, cpio, ext4, kernel policies.

Every function takes the source of chance first and gives something new, the same for the same chance."""

import bz2
import copy
import gzip
import json
import lzma
import struct

EVIL = "../../evil"
WORDS = (EVIL, "/evil", "..", ".", "", "/", "a\0b", "\u202e\x1b[2J", "x" * 5000, "a/" * 3000 + "b", "%s%n", "-1",
         "sha256:" + "0" * 64, "sha256:" + EVIL, "null", "system_u:object_r:etc_t:s0")
NUMBERS = (0, 1, -1, 2, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
BLOCK = 512


def integer(chance, size):
    return (chance.choice(NUMBERS) % (1 << 8 * size)).to_bytes(size, chance.choice(("little", "big")))


def damage(chance, data, times=3):
    """Bytes that are changed, lost, doubled, moved or cut."""
    data = bytearray(data)
    for _ in range(chance.randint(1, times)):
        place = chance.randrange(len(data) + 1)
        end = min(len(data), place + chance.choice((1, 2, 4, 8, 64, 512)))
        way = chance.randrange(7)
        if way == 0 and place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        elif way == 1:
            size = chance.choice((1, 2, 4, 8))
            data[place:place + size] = integer(chance, size)
        elif way == 2:
            data[place:place] = chance.choice(WORDS).encode("utf-8", "surrogateescape")
        elif way == 3:
            del data[place:end]
        elif way == 4:
            data[place:place] = data[place:end] * chance.choice((1, 2, 50))
        elif way == 5:
            word = chance.choice(WORDS).encode()[:len(data) - place]
            data[place:place + len(word)] = word
        elif chance.random() < 0.3:
            del data[place:]
    return bytes(data)


def value(chance):
    """What a document does not expect."""
    nested = []
    for _ in range(chance.choice((3, 40, 200))):
        nested = [nested]
    return chance.choice((None, True, 1.5, -0.0, [], {}, [{}], {"a": 1}, nested, chance.choice(NUMBERS),
                          chance.choice(NUMBERS), chance.choice(WORDS), chance.choice(WORDS)))


def places(document, found=None):
    found = [] if found is None else found
    for key in document if isinstance(document, dict) else range(len(document)):
        found.append((document, key))
        if isinstance(document[key], (dict, list)):
            places(document[key], found)
    return found


def change_document(chance, document):
    document = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 2))):
        all_places = places(document)
        if not all_places:
            return value(chance)
        holder, key = chance.choice(all_places)
        way = chance.randrange(4)
        if way == 0:
            del holder[key]
        elif way == 1:
            other, its = chance.choice(all_places)
            if isinstance(other, dict) and its in other or isinstance(other, list) and its < len(other):
                holder[key] = copy.deepcopy(other[its])
        elif way == 2 and isinstance(holder, list):
            holder.extend(copy.deepcopy(holder[key]) for _ in range(chance.choice((1, 300))))
        else:
            holder[key] = value(chance)
    return document


def document(chance, good):
    """The text of a JSON document."""
    if chance.random() < 0.25:
        return damage(chance, json.dumps(good, indent=chance.choice((None, 2))).encode())
    return json.dumps(change_document(chance, good)).encode()


# A tar header's fields: offset, size.
FIELDS = ((0, 100), (100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (156, 1), (157, 100), (257, 8), (265, 32),
          (329, 8), (337, 8), (345, 155))


def tar_field(chance, size):
    if size == 1:
        return chance.choice(b"01234567gxLKSDMNVAXZ\0 ").to_bytes(1, "big")
    if size in (8, 12):
        return chance.choice((b"%o" % chance.choice([abs(n) for n in NUMBERS]), b"\x80" + integer(chance, size - 1),
                              b"\xff" * size, b"-1", b"9z", b"", b" " * size))
    return chance.choice(WORDS).encode()


def headers(data):
    """Where headers are, by the sizes that they tell."""
    place = 0
    while place + BLOCK <= len(data) and data[place:place + BLOCK].strip(b"\0"):
        yield place
        size = int(data[place + 124:place + 135].strip(b" \0") or b"0", 8)
        place += BLOCK + (size + BLOCK - 1) // BLOCK * BLOCK


def tar(chance, good):
    starts = list(headers(good))
    data = bytearray(good)
    for _ in range(chance.randint(1, 3)):
        start = chance.choice(starts)
        if chance.random() < 0.6:
            offset, size = chance.choice(FIELDS)
            data[start + offset:start + offset + size] = tar_field(chance, size)[:size].ljust(size, b"\0")
        else:  # content: pax records, long names, sparse maps
            end = chance.choice([*starts, len(data)])
            start, end = min(start, end) + BLOCK, max(start, end)
            data[start:end] = damage(chance, data[start:end])[:max(0, end - start)].ljust(max(0, end - start), b"\0")
    if chance.random() < 0.9:
        for start in starts:
            data[start + 148:start + 156] = b" " * 8
            data[start + 148:start + 156] = b"%06o\0 " % sum(data[start:start + BLOCK])
    return damage(chance, data) if chance.random() < 0.15 else bytes(data)


def cpio(chance, good):
    """Of the format newc, whose numbers are eight hexadecimal digits each."""
    data = bytearray(good)
    starts = [place for place in range(len(data) - 110) if data[place:place + 6] == b"070701"]
    for _ in range(chance.randint(1, 3)):
        start = chance.choice(starts) + 6 + 8 * chance.randrange(13)
        data[start:start + 8] = b"%08X" % (chance.choice(NUMBERS) % (1 << 32))
    return damage(chance, data) if chance.random() < 0.3 else bytes(data)


PACKERS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}


def packed(chance, data):
    """Compressed or not, and then sometimes damaged once more."""
    data = PACKERS[chance.choice(("", "", *PACKERS))](data)
    return damage(chance, data) if chance.random() < 0.1 else data


def ext4(chance, good):
    """Fields of the superblock, of the group descriptors behind it, of inodes and directories."""
    data = bytearray(good)
    block = 1024 << struct.unpack_from("<I", data, 1024 + 24)[0]
    descriptors = block * (struct.unpack_from("<I", data, 1024 + 20)[0] + 1)
    inodes = block * struct.unpack_from("<I", data, descriptors + 8)[0]
    used = [place for place in range(0, len(data), block) if data[place:place + block].strip(b"\0")]
    for _ in range(chance.randint(1, 4)):
        start, length = chance.choice(((1024, 0x178), (descriptors, 64), (inodes, 256 * 32), (inodes, 256 * 2),
                                       (chance.choice(used), block), (chance.choice(used), 64)))
        size = chance.choice((1, 2, 2, 4, 4))
        place = start + chance.randrange(length // size) * size
        data[place:place + size] = integer(chance, size)
    return damage(chance, data, 1) if chance.random() < 0.1 else bytes(data)


def policy(chance, good):
    """Its lengths and counts are numbers of four bytes, which need not be aligned."""
    data = bytearray(good)
    if chance.random() < 0.5:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(data)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(min(len(data), chance.choice((64, 4000, len(data)))) - 4)
        data[place:place + 4] = (chance.choice(NUMBERS) % (1 << 32)).to_bytes(4, "little")
    return damage(chance, data, 2) if chance.random() < 0.4 else bytes(data)
